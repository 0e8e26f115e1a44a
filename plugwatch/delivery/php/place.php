<?php
// Put what comes on stdin, a ZIP, in the place of the component; what was there stays in the workplace until
// settle.php is told how it went. Whatever goes wrong before the two change places leaves the component untouched.

/** Where the ZIP goes, and the sum of what came. */
function plugwatch_receive( string $file ): string {
	$hash = hash_init( 'sha256' );
	$in   = fopen( 'php://stdin', 'rb' );
	$out  = @fopen( $file, 'xb' );
	while ( $out && ! feof( $in ) ) {
		$piece = (string) fread( $in, 65536 );
		hash_update( $hash, $piece );
		if ( @fwrite( $out, $piece ) !== strlen( $piece ) ) {
			throw new Plugwatch_Refusal( 'write', plugwatch_why() );
		}
	}
	if ( ! $out || ! @fclose( $out ) ) {
		throw new Plugwatch_Refusal( 'write', plugwatch_why() );
	}
	return hash_final( $hash );
}

/** Unpack the ZIP, which holds exactly these paths below one folder. */
function plugwatch_unpack( string $zip, string $into, array $expected ): void {
	if ( class_exists( 'ZipArchive' ) ) {
		$archive = new ZipArchive();
		if ( true !== $archive->open( $zip ) ) {
			throw new Plugwatch_Refusal( 'zip' );
		}
		$names = array();
		for ( $number = 0; $number < $archive->numFiles; $number++ ) {
			$names[] = $archive->getNameIndex( $number, ZipArchive::FL_ENC_RAW );
		}
		plugwatch_check_names( $names, $expected );
		if ( ! @$archive->extractTo( $into ) ) {
			throw new Plugwatch_Refusal( 'write', plugwatch_why() );
		}
		$archive->close();
		return;
	}
	require_once ABSPATH . 'wp-admin/includes/class-pclzip.php';
	$archive = new PclZip( $zip );
	plugwatch_check_names( array_column( (array) $archive->listContent(), 'filename' ), $expected );
	if ( 0 === $archive->extract( PCLZIP_OPT_PATH, $into ) ) {
		throw new Plugwatch_Refusal( 'write', $archive->errorInfo( true ) );
	}
}

function plugwatch_check_names( array $names, array $expected ): void {
	sort( $names, SORT_STRING );
	sort( $expected, SORT_STRING );
	if ( $names !== $expected ) {
		throw new Plugwatch_Refusal( 'zip' );
	}
}

/** Each file as the manifest has it; modes and owner as the old ones', dates of now, which PHP's cache goes by. */
function plugwatch_finish( string $new, string $old, array $files, bool $single ): void {
	$found = plugwatch_files( $new );
	if ( count( $found ) !== count( $files ) ) {
		throw new Plugwatch_Refusal( 'sum', $new );
	}
	$folder = $single ? dirname( $old ) : $old;
	$plain  = fileperms( $single ? $old : ( plugwatch_some_file( $old ) ?? $old ) ) & 0666;
	$owner  = array( fileowner( $old ), filegroup( $old ) );
	foreach ( $found as $path => $file ) {
		list( $sum, $executable ) = $files[ $path ] ?? array( '', false );
		if ( ! hash_equals( (string) $sum, (string) hash_file( 'sha256', $file ) ) ) {
			throw new Plugwatch_Refusal( 'sum', $path );
		}
		$before = $single ? $old : "$old/$path";
		$mode   = is_file( $before ) ? fileperms( $before ) & 0777 : $plain;
		plugwatch_own( $file, $executable ? $mode | ( $mode & 0444 ) >> 2 : $mode, $owner );
		plugwatch_try( 'touch', $file );
	}
	$folders = $single ? array() : array( $new => true );
	foreach ( array_keys( $single ? array() : $found ) as $path ) {
		for ( $up = dirname( $path ); '.' !== $up; $up = dirname( $up ) ) {
			$folders[ "$new/$up" ] = true;
		}
	}
	foreach ( array_keys( $folders ) as $one ) {
		plugwatch_own( $one, fileperms( $folder ) & 0777, $owner );
	}
}

/** A file of the old copy, whose mode is the one of all. */
function plugwatch_some_file( string $folder ): ?string {
	$files = plugwatch_files( $folder );
	return $files ? reset( $files ) : null;
}

function plugwatch_own( string $path, int $mode, array $owner ): void {
	if ( fileowner( $path ) !== $owner[0] ) {
		plugwatch_try( 'chown', $path, $owner[0] );
	}
	if ( filegroup( $path ) !== $owner[1] ) {
		plugwatch_try( 'chgrp', $path, $owner[1] );
	}
	plugwatch_try( 'chmod', $path, $mode );
}

/** The workplace, made and held, or a refusal that says who has it. */
function plugwatch_enter( string $work ): void {
	$all = dirname( $work );
	if ( ! is_dir( $all ) ) {
		@mkdir( $all, 0700 );
	}
	if ( ! @mkdir( $work, 0700 ) ) {
		throw new Plugwatch_Refusal( is_dir( $work ) ? 'locked' : 'write', is_dir( $work ) ? '' : plugwatch_why() );
	}
	@file_put_contents( "$all/index.php", "<?php // Nothing to see here.\n" );
	@file_put_contents( "$all/.htaccess", "Require all denied\n" );
	if ( ! plugwatch_hold( $work ) ) {
		throw new Plugwatch_Refusal( 'locked' );
	}
}

plugwatch_answer(
	static function () use ( $plugwatch ): array {
		plugwatch_try( 'set_time_limit', 0 );
		plugwatch_try( 'ignore_user_abort', true );
		umask( 0022 );
		list( $live, $single ) = plugwatch_place( $plugwatch );
		$owner = $live ? fileowner( $live ) : 0;
		if ( null === $live || $single !== $plugwatch['single'] ) {
			throw new Plugwatch_Refusal( 'changed' );
		}
		$work = plugwatch_workplace( $plugwatch );
		$new  = "$work/new/" . basename( $live );
		$moving = false;
		plugwatch_enter( $work );
		try {
			$job = array_intersect_key( $plugwatch, array( 'id' => 1, 'before' => 1, 'after' => 1 ) );
			plugwatch_note( $work, $job + array( 'since' => time(), 'name' => basename( $live ) ) );
			if ( ! hash_equals( $plugwatch['sha256'], plugwatch_receive( "$work/package.zip" ) ) ) {
				throw new Plugwatch_Refusal( 'transfer' );
			}
			$names = array_map( 'strval', array_keys( $plugwatch['files'] ) );
			plugwatch_unpack( "$work/package.zip", "$work/new", preg_filter( '/^/', "{$plugwatch['slug']}/", $names ) );
			unlink( "$work/package.zip" );
			if ( $single && ! @rename( "$work/new/{$plugwatch['slug']}/" . basename( $live ), $new ) ) {
				throw new Plugwatch_Refusal( 'zip' );
			}
			plugwatch_finish( $new, $live, $plugwatch['files'], $single );
			if ( ! hash_equals( $plugwatch['before'], plugwatch_digest( $live ) ) ) {
				throw new Plugwatch_Refusal( 'changed' );
			}
			$moving = true;
			if ( ! plugwatch_swap( $live, $new, "$work/old/" . basename( $live ) ) ) {
				throw new Plugwatch_Refusal( 'move', plugwatch_why() );
			}
		} catch ( Throwable $error ) {
			if ( ! $moving || plugwatch_digest( $live ) === $plugwatch['before'] ) {
				plugwatch_leave( $work );
			}
			throw $error;
		}
		plugwatch_refresh( $live );
		return array( 'placed' => true, 'owner_kept' => fileowner( $live ) === $owner );
	}
);

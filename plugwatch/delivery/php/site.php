<?php
// What all of our questions about one component share: where it is, what is in it, and the one workplace beside it.
// For PHP 7.2 to 8.4. Nothing here follows a symlink. $plugwatch holds the values that the question came with.
//
// The workplace is a folder in the plugins' (or themes') own folder: on the same file system, so that moving is one
// step, and under a name with a dot, where WordPress does not look for plugins. wp-content/upgrade will not do, since
// WordPress empties it before every update (WP_Upgrader::unpack_package). Its subfolder for a component is the lock.

final class Plugwatch_Refusal extends Exception {
	public $word;

	public function __construct( string $word, string $detail = '' ) {
		parent::__construct( $detail );
		$this->word = $word;
	}
}

function plugwatch_answer( callable $question ): void {
	try {
		$answer = $question();
	} catch ( Plugwatch_Refusal $refusal ) {
		$answer = array( 'refused' => $refusal->word, 'detail' => $refusal->getMessage() );
	} catch ( Throwable $error ) {
		$answer = array( 'refused' => 'error', 'detail' => get_class( $error ) . ': ' . $error->getMessage() );
	}
	echo json_encode( $answer, JSON_UNESCAPED_SLASHES | JSON_INVALID_UTF8_SUBSTITUTE | JSON_PARTIAL_OUTPUT_ON_ERROR );
}

/** What a function of PHP's gives, without its warnings; false where the server has switched the function off. */
function plugwatch_try( string $function, ...$arguments ) {
	return function_exists( $function ) ? @$function( ...$arguments ) : false;
}

/** Why the last call failed, in PHP's words. */
function plugwatch_why(): string {
	$error = error_get_last();
	return $error ? preg_replace( '/^\w+\(.*?\): /', '', $error['message'] ) : '';
}

/** The folder of all components of the kind, without symlinks on the way. */
function plugwatch_root( array $asked ): string {
	$root = realpath( 'theme' === $asked['kind'] ? get_theme_root( $asked['slug'] ) : WP_PLUGIN_DIR );
	if ( false === $root ) {
		throw new Plugwatch_Refusal( 'missing' );
	}
	return $root;
}

/** Where the component is: a folder, or a single file of the plugins' folder. */
function plugwatch_place( array $asked ): array {
	$root  = plugwatch_root( $asked );
	$paths = array( "$root/{$asked['slug']}" );
	if ( 'plugin' === $asked['kind'] ) {
		$paths[] = "$root/{$asked['slug']}.php";
	}
	foreach ( $paths as $number => $path ) {
		if ( is_link( $path ) ) {
			throw new Plugwatch_Refusal( 'symlink', $path );
		}
		if ( $number ? is_file( $path ) : is_dir( $path ) ) {
			return array( $path, (bool) $number );
		}
	}
	return array( null, false );
}

/** All files of a folder (or the one file), by their paths in it; anything but files and folders is refused. */
function plugwatch_files( string $path ): array {
	if ( is_file( $path ) ) {
		return array( basename( $path ) => $path );
	}
	$found   = array();
	$waiting = array( '' );
	while ( $waiting ) {
		$below = array_pop( $waiting );
		$names = @scandir( "$path/$below" );
		if ( false === $names ) {
			throw new Plugwatch_Refusal( 'unreadable', "$path/$below" );
		}
		foreach ( array_diff( $names, array( '.', '..' ) ) as $name ) {
			$file = "$path/$below$name";
			if ( is_link( $file ) || ! preg_match( '//u', $name ) ) {
				throw new Plugwatch_Refusal( is_link( $file ) ? 'symlink' : 'name', $file );
			}
			if ( is_dir( $file ) ) {
				$waiting[] = "$below$name/";
			} elseif ( is_file( $file ) ) {
				$found[ $below . $name ] = $file;
			} else {
				throw new Plugwatch_Refusal( 'name', $file );
			}
		}
		if ( count( $found ) > 60000 ) {
			throw new Plugwatch_Refusal( 'many', $path );
		}
	}
	return $found;
}

/** The sum of a file as git names it, so that a release need not be read to be compared. */
function plugwatch_sum( string $file ): string {
	$size = @filesize( $file );
	$hash = hash_init( 'sha1' );
	hash_update( $hash, "blob $size\0" );
	$stream = @fopen( $file, 'rb' );
	if ( false === $stream || hash_update_stream( $hash, $stream ) !== $size ) {
		throw new Plugwatch_Refusal( 'unreadable', $file );
	}
	fclose( $stream );
	return hash_final( $hash );
}

/** Path => sum of all files. */
function plugwatch_sums( string $path ): array {
	return array_map( 'plugwatch_sum', plugwatch_files( $path ) );
}

/** One sum for all files, the same as model/builds/deploying.py makes; '' for what is not there. */
function plugwatch_digest( string $path ): string {
	if ( ! file_exists( $path ) ) {
		return '';
	}
	$sums = plugwatch_sums( $path );
	ksort( $sums, SORT_STRING );
	$hash = hash_init( 'sha256' );
	foreach ( $sums as $file => $sum ) {
		hash_update( $hash, "$file\0$sum\n" );
	}
	return hash_final( $hash );
}

/** Which main files of the component are active, and how. */
function plugwatch_active( array $asked ): array {
	$slug = $asked['slug'];
	if ( 'theme' === $asked['kind'] ) {
		$active = array( 'active' => get_option( 'stylesheet' ), 'parent' => get_option( 'template' ) );
		return array_keys( array_intersect( $active, array( $slug ) ) );
	}
	$found   = array();
	$network = is_multisite() ? array_keys( (array) get_site_option( 'active_sitewide_plugins', array() ) ) : array();
	foreach ( array( 'active-network' => $network, 'active' => (array) get_option( 'active_plugins', array() ) ) as $how => $files ) {
		foreach ( $files as $file ) {
			if ( "$slug.php" === $file || 0 === strpos( (string) $file, "$slug/" ) ) {
				$found[] = "$how $file";
			}
		}
	}
	return $found;
}

/** The version in the component's header. */
function plugwatch_version( array $asked, string $path ): ?string {
	$files = is_file( $path ) ? array( $path ) : ( 'theme' === $asked['kind'] ? array( "$path/style.css" ) : glob( $path . '/*.php' ) );
	foreach ( (array) $files as $file ) {
		if ( ! is_file( $file ) ) {
			continue;
		}
		$head = get_file_data( $file, array( 'name' => 'theme' === $asked['kind'] ? 'Theme Name' : 'Plugin Name', 'version' => 'Version' ) );
		if ( '' !== $head['name'] ) {
			return $head['version'];
		}
	}
	return null;
}

/** The workplace of a component, which is there while something is being done to it. */
function plugwatch_workplace( array $asked ): string {
	return plugwatch_root( $asked ) . "/.plugwatch/{$asked['kind']}.{$asked['slug']}";
}

/** What is being done there, as it was written down; null where there is no workplace. */
function plugwatch_job( string $work ): ?array {
	if ( ! is_dir( $work ) ) {
		return null;
	}
	$job = json_decode( (string) @file_get_contents( "$work/job.json" ), true );
	return is_array( $job ) ? $job : array( 'id' => '' );
}

/** Write down what is being done, whole or not at all. */
function plugwatch_note( string $work, array $job ): void {
	if ( false === @file_put_contents( "$work/job.part", json_encode( $job ) ) || ! @rename( "$work/job.part", "$work/job.json" ) ) {
		throw new Plugwatch_Refusal( 'write', plugwatch_why() );
	}
}

/** Keep others out while this process lives; false where one that lives is at work there. */
function plugwatch_hold( string $work ): bool {
	static $held = array();
	$held[ $work ] = @fopen( "$work/lock", 'c' );
	return $held[ $work ] && ( flock( $held[ $work ], LOCK_EX | LOCK_NB, $busy ) || ! $busy ); // some file systems have no locks
}

/** Where the workplace has a copy with this digest: the name in it, or null. */
function plugwatch_copy( string $work, string $digest ): ?string {
	foreach ( array( 'old', 'new' ) as $name ) {
		foreach ( (array) @glob( "$work/$name/*" ) as $path ) {
			if ( '' !== $digest && hash_equals( $digest, plugwatch_digest( $path ) ) ) {
				return $path;
			}
		}
	}
	return null;
}

/** Let two folders change places: in one step where the system can, else in two, taking the first back if need be. */
function plugwatch_swap( string $live, string $other, string $aside ): bool {
	if ( 'Linux' === PHP_OS && class_exists( 'FFI', false ) && file_exists( $live ) ) {
		try {
			$c = FFI::cdef( 'int renameat2(int, const char *, int, const char *, unsigned int);' );
			if ( 0 === $c->renameat2( -100, $live, -100, $other, 2 ) ) { // AT_FDCWD, RENAME_EXCHANGE
				return true;
			}
		} catch ( Throwable $error ) { // switched off, or no such function: two steps will do
			unset( $error );
		}
	}
	if ( file_exists( $live ) && ( ! is_dir( dirname( $aside ) ) && ! @mkdir( dirname( $aside ), 0700 ) || ! @rename( $live, $aside ) ) ) {
		return false;
	}
	if ( @rename( $other, $live ) ) {
		return true;
	}
	$why = plugwatch_why();
	@rename( $aside, $live );
	throw new Plugwatch_Refusal( 'move', $why );
}

/** Let PHP read the files anew, as far as this process can say so to others; fresh dates say it to the rest. */
function plugwatch_refresh( string $path ): void {
	clearstatcache( true );
	if ( function_exists( 'opcache_invalidate' ) ) {
		foreach ( preg_grep( '/\.php$/', plugwatch_files( $path ) ) as $file ) {
			@opcache_invalidate( $file, true );
		}
	}
	function_exists( 'wp_clean_plugins_cache' ) && wp_clean_plugins_cache( false );
	function_exists( 'wp_clean_themes_cache' ) && wp_clean_themes_cache( false );
}

/** Remove a folder of ours and all in it. */
function plugwatch_remove( string $path ): void {
	if ( is_dir( $path ) && ! is_link( $path ) ) {
		foreach ( array_diff( (array) @scandir( $path ), array( '.', '..' ) ) as $name ) {
			plugwatch_remove( "$path/$name" );
		}
		@rmdir( $path );
	} else {
		@unlink( $path );
	}
}

/** Leave the workplace: copies first, then what says that there is one. */
function plugwatch_leave( string $work ): void {
	foreach ( array( 'new', 'old', 'package.zip', 'job.part', 'lock', 'job.json' ) as $name ) {
		plugwatch_remove( "$work/$name" );
	}
	@rmdir( $work );
	plugwatch_sweep( dirname( $work ) );
}

/** Remove the folder of all workplaces where there is none in it. */
function plugwatch_sweep( string $all ): void {
	if ( is_dir( $all ) && ! array_diff( (array) @scandir( $all ), array( '.', '..', '.htaccess', 'index.php' ) ) ) {
		plugwatch_remove( $all );
	}
}

<?php
/**
 * Lists the files of one plugin, theme, must-use plugin or drop-in with their SHA-256, one line of JSON each.
 *
 * It reads and changes nothing. plugwatch runs it through WP-CLI; by hand, for a host:
 *   wp eval-file listing.php plugin tidy-forms --skip-plugins --skip-themes > list.txt
 */
( static function ( $kind, $slug ) {
	$most  = 200000;
	$flags = JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE;
	$say   = static function ( $row ) use ( $flags ) {
		echo json_encode( $row, $flags ), "\n";
	};
	switch ( $kind ) {
		case 'plugin':
			$root = WP_PLUGIN_DIR;
			break;
		case 'theme':
			$root = get_theme_root( $slug );
			break;
		case 'mu-plugin':
			$root = WPMU_PLUGIN_DIR;
			break;
		case 'dropin':
			$root = WP_CONTENT_DIR;
			break;
		default:
			$root = '';
	}
	$folder = explode( '/', (string) $slug )[0];
	if ( '' === $root || '' === $folder || '.' === $folder[0] || strpbrk( $folder, "\\\0" ) ) {
		fwrite( STDERR, "plugwatch: no such kind of component\n" );
		exit( 3 );
	}
	$place  = $root . '/' . $folder;
	$single = ! is_dir( $place );
	if ( $single && 'plugin' === $kind ) {
		$place .= '.php';
	}
	$head = array(
		'plugwatch-listing' => 1,
		'kind'              => $kind,
		'slug'              => $slug,
		'there'             => file_exists( $place ),
		'version'           => null,
	);
	$version = static function ( $path ) use ( $kind ) {
		$text = (string) file_get_contents( $path, false, null, 0, 8192 );
		$text = str_replace( "\r", "\n", $text );
		$name = 'theme' === $kind ? 'Theme Name' : 'Plugin Name';
		$line = '/^(?:[ \t]*<\?php)?[ \t\/*#@]*%s:(.*)$/mi';
		if ( ! preg_match( sprintf( $line, $name ), $text ) || ! preg_match( sprintf( $line, 'Version' ), $text, $found ) ) {
			return null;
		}
		return trim( (string) preg_replace( '/\s*(?:\*\/|\?>).*/', '', $found[1] ) );
	};
	// The header of several candidates: the file named like the folder decides, else the first with a version.
	if ( $head['there'] ) {
		$mains = $single ? array( $place ) : ( 'theme' === $kind ? array( "$place/style.css" ) : (array) glob( "$place/*.php" ) );
		usort(
			$mains,
			static function ( $one, $other ) use ( $folder ) {
				return array( basename( $one ) !== "$folder.php", $one ) <=> array( basename( $other ) !== "$folder.php", $other );
			}
		);
		foreach ( $mains as $main ) {
			$found = is_file( $main ) && is_readable( $main ) ? $version( $main ) : null;
			if ( null !== $found && '' !== $found ) {
				$head['version'] = preg_match( '//u', $found ) ? $found : null;
				break;
			}
		}
	}
	echo "\n"; // What the site has printed before may not have ended its line.
	$say( $head );
	$files   = 0;
	$skipped = array();
	$real    = $head['there'] ? realpath( $place ) : false;
	$row     = static function ( $path, $name ) use ( $say, &$files, &$skipped ) {
		$sum = is_readable( $path ) ? hash_file( 'sha256', $path ) : false;
		if ( false === $sum ) {
			$skipped[] = preg_match( '//u', $name ) ? $name : base64_encode( $name );
			return;
		}
		++$files;
		$say( preg_match( '//u', $name ) ? array( $sum, $name ) : array( $sum, '', base64_encode( $name ) ) );
	};
	if ( false !== $real && ! is_dir( $real ) ) {
		$row( $real, basename( $place ) );
	}
	$open = false !== $real && is_dir( $real ) ? array( '' ) : array();
	while ( $open && $files <= $most ) {
		$below = array_pop( $open );
		$names = scandir( "$real/$below" );
		foreach ( false === $names ? array() : $names as $name ) {
			if ( '.' === $name || '..' === $name || $files > $most ) {
				continue;
			}
			$path   = "$real/$below$name";
			$target = is_link( $path ) ? realpath( $path ) : $path;
			if ( false === $target || ( is_link( $path ) && ( is_dir( $target ) || 0 !== strpos( $target, "$real/" ) ) ) ) {
				$skipped[] = preg_match( '//u', "$below$name" ) ? "$below$name" : base64_encode( "$below$name" );
			} elseif ( is_dir( $path ) ) {
				$open[] = "$below$name/";
			} elseif ( is_file( $path ) ) {
				$row( $path, "$below$name" );
			} else {
				$skipped[] = preg_match( '//u', "$below$name" ) ? "$below$name" : base64_encode( "$below$name" );
			}
		}
		if ( false === $names ) {
			$skipped[] = preg_match( '//u', $below ) ? $below : base64_encode( $below );
		}
	}
	$say(
		array(
			'plugwatch-listing' => 'end',
			'files'             => $files,
			'skipped'           => array_slice( $skipped, 0, 100 ),
			'single'            => $single,
		)
	);
} )( isset( $plugwatch['kind'] ) ? $plugwatch['kind'] : ( isset( $args[0] ) ? $args[0] : '' ), isset( $plugwatch['slug'] ) ? $plugwatch['slug'] : ( isset( $args[1] ) ? $args[1] : '' ) );

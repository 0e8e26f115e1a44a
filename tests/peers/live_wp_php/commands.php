<?php
// The commands of wp.php, with WordPress loaded; shapes and words are those of wp-cli/extension-command.

function rows( array $items, array $options, array $default ): void {
	$fields = isset( $options['fields'] ) ? explode( ',', $options['fields'] ) : $default;
	$rows   = array();
	foreach ( $items as $item ) {
		$row = array();
		foreach ( $fields as $field ) {
			if ( ! array_key_exists( $field, $item ) ) {
				fail( "Invalid field: $field." );
			}
			$row[ $field ] = $item[ $field ];
		}
		$rows[] = $row;
	}
	$format = $options['format'] ?? 'csv'; // a table only on a terminal
	if ( 'json' === $format ) {
		echo json_encode( $rows );
	} elseif ( 'csv' === $format || 'count' === $format ) {
		if ( 'count' === $format ) {
			exit( (string) count( $rows ) );
		}
		$out = fopen( 'php://stdout', 'w' );
		fputcsv( $out, $fields );
		array_map( static fn( $row ) => fputcsv( $out, $row ), $rows );
	} else {
		fail( "Invalid format: $format" );
	}
}

function installed_plugins(): array {
	delete_site_transient( 'update_plugins' );
	wp_update_plugins();
	$offers = get_site_transient( 'update_plugins' );
	$auto   = (array) get_site_option( 'auto_update_plugins', array() );
	$items  = array();
	foreach ( get_plugins() as $file => $head ) {
		$offer   = $offers->response[ $file ] ?? null;
		$items[] = array(
			'name'           => false === strpos( $file, '/' ) ? basename( $file, '.php' ) : dirname( $file ),
			'title'          => $head['Name'],
			'file'           => $file,
			'status'         => is_plugin_active_for_network( $file ) ? 'active-network' : ( is_plugin_active( $file ) ? 'active' : 'inactive' ),
			'update'         => $offer ? 'available' : 'none',
			'version'        => $head['Version'],
			'update_version' => $offer ? $offer->new_version : '',
			'auto_update'    => in_array( $file, $auto, true ) ? 'on' : 'off',
		);
	}
	foreach ( array( 'must-use' => get_mu_plugins(), 'dropin' => get_dropins() ) as $status => $heads ) {
		foreach ( $heads as $file => $head ) {
			$items[] = array(
				'name'           => 'dropin' === $status ? $file : basename( $file, '.php' ),
				'title'          => $head['Name'],
				'file'           => $file,
				'status'         => $status,
				'update'         => 'dropin' === $status ? 'none' : false,
				'version'        => $head['Version'],
				'update_version' => '',
				'auto_update'    => 'off',
			);
		}
	}
	return $items;
}

function installed_themes(): array {
	delete_site_transient( 'update_themes' );
	wp_update_themes();
	$offers = get_site_transient( 'update_themes' );
	$auto   = (array) get_site_option( 'auto_update_themes', array() );
	$items  = array();
	foreach ( wp_get_themes( array( 'errors' => null ) ) as $slug => $theme ) {
		$offer   = $offers->response[ $slug ] ?? null;
		$items[] = array(
			'name'           => $slug,
			'title'          => $theme->get( 'Name' ),
			'status'         => get_stylesheet() === $slug ? 'active' : ( get_template() === $slug ? 'parent' : 'inactive' ),
			'update'         => $offer ? 'available' : 'none',
			'version'        => $theme->get( 'Version' ),
			'update_version' => $offer ? $offer['new_version'] : '',
			'auto_update'    => in_array( $slug, $auto, true ) ? 'on' : 'off',
		);
	}
	return $items;
}

function install( string $kind, array $packages, array $options ): void {
	require_once ABSPATH . 'wp-admin/includes/class-wp-upgrader.php';
	class_exists( 'Plugin_Upgrader' );
	$skin = new class() extends WP_Upgrader_Skin {
		public function header() {}
		public function footer() {}
		public function error( $errors ) {
			fwrite( STDERR, 'Warning: ' . ( is_wp_error( $errors ) ? $errors->get_error_message() : $errors ) . "\n" );
		}
		public function feedback( $feedback, ...$args ) {
			$text = $this->upgrader->strings[ $feedback ] ?? $feedback;
			echo html_entity_decode( strip_tags( $args ? vsprintf( $text, $args ) : $text ) ), "\n";
		}
	};
	$done = 0;
	foreach ( $packages as $package ) {
		$upgrader = 'plugin' === $kind ? new Plugin_Upgrader( $skin ) : new Theme_Upgrader( $skin );
		$result   = $upgrader->install( $package, array( 'overwrite_package' => isset( $options['force'] ) ) );
		if ( true !== $result ) {
			continue;
		}
		++$done;
		if ( isset( $options['activate'] ) && 'plugin' === $kind ) {
			activate_plugin( $upgrader->plugin_info() );
		} elseif ( isset( $options['activate'] ) ) {
			switch_theme( $upgrader->theme_info()->get_stylesheet() );
		}
	}
	$all = count( $packages );
	$done === $all ? print( "Success: Installed $done of $all {$kind}s.\n" ) : fail( $done ? "Only installed $done of $all {$kind}s." : "No {$kind}s installed." );
}

switch ( $command ) {
	case 'eval':
		if ( 1 !== count( $words ) ) {
			echo "usage: wp eval <php-code> [--skip-wordpress] [--hook=<hook>]\n";
			exit( 1 );
		}
		( static function () use ( $words ) {
			eval( $words[0] );
		} )();
		break;
	case 'eval-file':
		if ( ! $words || ( '-' !== $words[0] && ! is_file( $words[0] ) ) ) {
			fail( "'" . ( $words[0] ?? '' ) . "' does not exist." );
		}
		( static function ( string $file, array $args ) {
			'-' === $file ? eval( '?>' . stream_get_contents( STDIN ) ) : include $file;
		} )( $words[0], array_slice( $words, 1 ) );
		break;
	case 'plugin list':
	case 'theme list':
		$items = 'plugin list' === $command ? installed_plugins() : installed_themes();
		if ( isset( $options['status'] ) ) {
			$items = array_values( array_filter( $items, static fn( $item ) => $options['status'] === $item['status'] ) );
		}
		rows( $items, $options, array( 'name', 'status', 'update', 'version', 'update_version', 'auto_update' ) );
		break;
	case 'transient get':
		$value = isset( $options['network'] ) ? get_site_transient( $words[0] ) : get_transient( $words[0] );
		if ( false === $value ) {
			fwrite( STDERR, "Warning: Transient with key \"{$words[0]}\" is not set.\n" );
			exit( 0 );
		}
		echo 'json' === ( $options['format'] ?? '' ) ? json_encode( $value ) : print_r( $value, true ), "\n";
		break;
	case 'plugin is-active':
		foreach ( installed_plugins() as $item ) {
			if ( $item['name'] === $words[0] && 0 === strpos( $item['status'], 'active' ) ) {
				exit( 0 );
			}
		}
		exit( 1 );
	default:
		install( strtok( $command, ' ' ), $words, $options );
}

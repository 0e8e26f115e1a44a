<?php
// php install.php SITE THEME [PLUGIN FILE ...]: installs WordPress with the administrator "ada" and the subscriber
// "ben", switches to the theme, activates the plugins and prints both users' application passwords as JSON.

define( 'WP_INSTALLING', true );
require "$argv[1]/wp-load.php";
require_once ABSPATH . 'wp-admin/includes/upgrade.php';
require_once ABSPATH . 'wp-admin/includes/plugin.php';

function or_exit( $result ) {
	if ( is_wp_error( $result ) ) {
		fwrite( STDERR, $result->get_error_message() . "\n" );
		exit( 1 );
	}
	return $result;
}

$installed = wp_install( 'Tests', 'ada', 'ada@site.example', false, '', 'no-web-login' );
wp_installing( false );
$GLOBALS['wp_rewrite']->set_permalink_structure( '/%postname%/' );
flush_rewrite_rules( false );
switch_theme( $argv[2] );
foreach ( array_slice( $argv, 3 ) as $file ) {
	or_exit( activate_plugin( $file ) );
}

$passwords = array();
foreach ( array( 'ada' => $installed['user_id'], 'ben' => or_exit( wp_create_user( 'ben', 'no-web-login' ) ) ) as $name => $id ) {
	$made               = or_exit( WP_Application_Passwords::create_new_application_password( $id, array( 'name' => 'Tests' ) ) );
	$passwords[ $name ] = WP_Application_Passwords::chunk_password( $made[0] );
}
echo wp_json_encode( $passwords );

<?php
// php run.php SITE < CODE: runs code in WordPress as its administrator; $values are the JSON in TEST_VALUES, and what
// it returns is printed as JSON. Whatever else it prints is an error.

$_SERVER['HTTP_HOST'] = getenv( 'TEST_HTTP_HOST' );
$values               = json_decode( getenv( 'TEST_VALUES' ), true );
if ( getenv( 'TEST_CRON' ) ) {
	define( 'DOING_CRON', true );
}
define( 'WP_ADMIN', true );
ob_start();
require "$argv[1]/wp-load.php";
require_once ABSPATH . 'wp-admin/includes/admin.php';
require_once ABSPATH . 'wp-admin/includes/class-wp-upgrader.php';
wp_set_current_user( 1 );
$returned = ( static function ( $values ) {
	return eval( stream_get_contents( STDIN ) );
} )( $values );
$printed = ob_get_clean();
if ( is_wp_error( $returned ) ) {
	$returned = array( 'error' => $returned->get_error_code(), 'message' => $returned->get_error_message() );
}
echo json_encode( array( 'returned' => $returned, 'printed' => $printed ), JSON_PARTIAL_OUTPUT_ON_ERROR );

<?php
// The settings of a writable WordPress of the tests: its database is a file below its own wp-content.

define( 'DB_NAME', 'wordpress' );
define( 'DB_USER', '' );
define( 'DB_PASSWORD', '' );
define( 'DB_HOST', '' );
define( 'DB_CHARSET', 'utf8mb4' );
define( 'DB_COLLATE', '' );
define( 'DB_DIR', __DIR__ . '/wp-content/database/' );
define( 'DB_FILE', '.ht.sqlite' );
$table_prefix = 'wp_';

$site_url = 'http://' . ( $_SERVER['HTTP_HOST'] ?? ( getenv( 'TEST_HTTP_HOST' ) ?: 'localhost' ) );
define( 'WP_HOME', $site_url );
define( 'WP_SITEURL', $site_url );
foreach ( array( 'AUTH_KEY', 'SECURE_AUTH_KEY', 'LOGGED_IN_KEY', 'NONCE_KEY', 'AUTH_SALT', 'SECURE_AUTH_SALT', 'LOGGED_IN_SALT', 'NONCE_SALT' ) as $name ) {
	define( $name, "tests $name" );
}

define( 'WP_ENVIRONMENT_TYPE', 'production' );
define( 'WP_DEBUG', true );
define( 'WP_DEBUG_DISPLAY', false );
define( 'WP_DEBUG_LOG', __DIR__ . '/wp-content/debug.log' );
define( 'DISABLE_WP_CRON', true );
define( 'FS_METHOD', 'direct' );
if ( is_file( __DIR__ . '/test-constants.php' ) ) {
	require __DIR__ . '/test-constants.php'; // What one test adds, such as a password for the update server.
}

if ( ! defined( 'ABSPATH' ) ) {
	define( 'ABSPATH', __DIR__ . '/' );
}
require_once ABSPATH . 'wp-settings.php';

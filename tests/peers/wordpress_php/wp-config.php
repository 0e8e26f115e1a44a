<?php
// The settings of the tests' WordPress. Its folder stands beside its database's; whether application passwords are on
// is decided by the variable WP_ENVIRONMENT_TYPE of whoever starts the web server.

define( 'DB_NAME', 'wordpress' );
define( 'DB_USER', 'wordpress' );
define( 'DB_PASSWORD', '' );
define( 'DB_HOST', 'localhost:' . dirname( __DIR__ ) . '/database/socket' );
define( 'DB_CHARSET', 'utf8mb4' );
define( 'DB_COLLATE', '' );
$table_prefix = 'wp_';

$site_url = 'http://' . ( $_SERVER['HTTP_HOST'] ?? 'localhost' );
define( 'WP_HOME', $site_url );
define( 'WP_SITEURL', $site_url );

define( 'WP_HTTP_BLOCK_EXTERNAL', true );
define( 'DISABLE_WP_CRON', true );

if ( ! defined( 'ABSPATH' ) ) {
	define( 'ABSPATH', __DIR__ . '/' );
}
require_once ABSPATH . 'wp-settings.php';

<?php
// php site-health.php SITE: prints what "Copy site info to clipboard" gives on the screen Tools, Site Health, Info.

define( 'WP_ADMIN', true );
require "$argv[1]/wp-load.php";
require_once ABSPATH . 'wp-admin/includes/admin.php';
require_once ABSPATH . 'wp-admin/includes/class-wp-debug-data.php';

wp_set_current_user( 1 );
WP_Debug_Data::check_for_updates();
echo WP_Debug_Data::format( WP_Debug_Data::debug_data(), 'debug' );

<?php
// php setup.php SITE: installs WordPress with the administrator "ada".

define( 'WP_INSTALLING', true );
require "$argv[1]/wp-load.php";
require_once ABSPATH . 'wp-admin/includes/upgrade.php';
wp_install( 'Tests', 'ada', 'ada@site.example', false, '', 'no-web-login' );
wp_installing( false );
foreach ( array( 1, 2, 3 ) as $post ) {
	wp_delete_post( $post, true );
}
switch_theme( 'plain' );

<?php
// php inventory.php SITE: prints what WordPress itself says is installed, as JSON: kind, then file or folder, then data.

require "$argv[1]/wp-load.php";
require_once ABSPATH . 'wp-admin/includes/plugin.php';

$found = array();
foreach ( wp_get_themes( array( 'errors' => null ) ) as $stylesheet => $listed ) {
	$errors = $listed->errors() ? $listed->errors()->get_error_codes() : array();
	if ( array( 'theme_no_stylesheet' ) !== $errors ) { // Any folder at all.
		$found[ $stylesheet ] = array(
			'Name'    => html_entity_decode( $listed->get( 'Name' ) ),
			'Version' => $listed->get( 'Version' ),
			'Broken'  => (bool) $errors,
		);
	}
}

echo wp_json_encode(
	array(
		'core'      => array( 'wordpress' => array( 'Name' => 'WordPress', 'Version' => $GLOBALS['wp_version'] ) ),
		'plugin'    => get_plugins(),
		'mu-plugin' => get_mu_plugins(),
		'dropin'    => get_dropins(),
		'theme'     => $found,
	)
);

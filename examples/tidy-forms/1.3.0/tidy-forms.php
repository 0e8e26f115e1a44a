<?php
/**
 * Plugin Name:       Tidy Forms
 * Plugin URI:        https://tidy-forms.example/
 * Description:       A small contact form: one shortcode, one settings page, no tracking.
 * Version:           1.3.0
 * Requires at least: 6.2
 * Requires PHP:      7.4
 * Author:            Larkspur Labs
 * Author URI:        https://larkspur-labs.example/
 * License:           GPL-2.0-or-later
 * License URI:       https://www.gnu.org/licenses/gpl-2.0.html
 * Text Domain:       tidy-forms
 * Domain Path:       /languages
 *
 * @package Tidy_Forms
 */

defined( 'ABSPATH' ) || exit;

define( 'TIDY_FORMS_VERSION', '1.3.0' );
define( 'TIDY_FORMS_FILE', __FILE__ );

require_once __DIR__ . '/includes/class-tidy-forms-settings.php';
require_once __DIR__ . '/includes/class-tidy-forms-mailer.php';
require_once __DIR__ . '/includes/class-tidy-forms-throttle.php';
require_once __DIR__ . '/includes/class-tidy-forms-form.php';
require_once __DIR__ . '/includes/class-tidy-forms-rest.php';

/**
 * Connects the parts of the plugin to WordPress.
 */
function tidy_forms_start() {
	$settings = new Tidy_Forms_Settings();
	$form     = new Tidy_Forms_Form( $settings );
	$rest     = new Tidy_Forms_Rest( new Tidy_Forms_Mailer( $settings ), $settings, new Tidy_Forms_Throttle( $settings ) );

	add_action( 'init', array( $form, 'register' ) );
	add_action( 'rest_api_init', array( $rest, 'register_routes' ) );

	if ( is_admin() ) {
		add_action( 'admin_menu', array( $settings, 'add_page' ) );
		add_action( 'admin_init', array( $settings, 'register' ) );
	}
}
add_action( 'plugins_loaded', 'tidy_forms_start' );

/**
 * Loads the translations that ship with the plugin.
 */
function tidy_forms_load_textdomain() {
	load_plugin_textdomain( 'tidy-forms', false, dirname( plugin_basename( TIDY_FORMS_FILE ) ) . '/languages' );
}
add_action( 'init', 'tidy_forms_load_textdomain' );

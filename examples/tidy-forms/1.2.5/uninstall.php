<?php
/**
 * Removes everything that Tidy Forms has stored.
 *
 * @package Tidy_Forms
 */

defined( 'WP_UNINSTALL_PLUGIN' ) || exit;

delete_option( 'tidy_forms_settings' );

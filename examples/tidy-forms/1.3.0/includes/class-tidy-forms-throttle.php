<?php
/**
 * A limit on the messages that one address may send.
 *
 * @package Tidy_Forms
 */

defined( 'ABSPATH' ) || exit;

/**
 * Counts messages by address for an hour, without keeping the address.
 *
 * @since 1.3.0
 */
class Tidy_Forms_Throttle {

	/**
	 * The plugin's settings.
	 *
	 * @var Tidy_Forms_Settings
	 */
	private $settings;

	/**
	 * Keeps the settings at hand.
	 *
	 * @param Tidy_Forms_Settings $settings The plugin's settings.
	 */
	public function __construct( Tidy_Forms_Settings $settings ) {
		$this->settings = $settings;
	}

	/**
	 * Counts one more message and says whether it is still within the limit.
	 *
	 * @return bool
	 */
	public function allows() {
		$limit = (int) $this->settings->get( 'limit' );
		$key   = $this->get_key();
		$count = (int) get_transient( $key ) + 1;

		set_transient( $key, $count, HOUR_IN_SECONDS );

		return $limit < 1 || $count <= $limit;
	}

	/**
	 * Where the count of this visitor is kept; the salt keeps the address from being guessed back.
	 *
	 * @return string
	 */
	private function get_key() {
		$address = isset( $_SERVER['REMOTE_ADDR'] ) ? sanitize_text_field( wp_unslash( $_SERVER['REMOTE_ADDR'] ) ) : '';

		return 'tidy_forms_' . substr( wp_hash( $address ), 0, 20 );
	}
}

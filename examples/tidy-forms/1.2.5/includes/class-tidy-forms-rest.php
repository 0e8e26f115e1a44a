<?php
/**
 * The address that the form is sent to: POST /wp-json/tidy-forms/v1/messages.
 *
 * @package Tidy_Forms
 */

defined( 'ABSPATH' ) || exit;

/**
 * Takes messages from the form, checks them and hands them to the mailer.
 */
class Tidy_Forms_Rest {

	const ROUTE_NAMESPACE = 'tidy-forms/v1';
	const NONCE_ACTION    = 'tidy_forms_send';
	const MAX_LENGTH      = 20000;

	/**
	 * Sends the messages.
	 *
	 * @var Tidy_Forms_Mailer
	 */
	private $mailer;

	/**
	 * The plugin's settings.
	 *
	 * @var Tidy_Forms_Settings
	 */
	private $settings;

	/**
	 * Keeps mailer and settings at hand.
	 *
	 * @param Tidy_Forms_Mailer   $mailer   Sends the messages.
	 * @param Tidy_Forms_Settings $settings The plugin's settings.
	 */
	public function __construct( Tidy_Forms_Mailer $mailer, Tidy_Forms_Settings $settings ) {
		$this->mailer   = $mailer;
		$this->settings = $settings;
	}

	/**
	 * Registers the plugin's only route.
	 */
	public function register_routes() {
		register_rest_route(
			self::ROUTE_NAMESPACE,
			'/messages',
			array(
				'methods'             => WP_REST_Server::CREATABLE,
				'callback'            => array( $this, 'create_message' ),
				'permission_callback' => array( $this, 'check_request' ),
				'args'                => $this->get_args(),
			)
		);
	}

	/**
	 * The fields of a message and how each is cleaned.
	 *
	 * @return array<string, array<string, mixed>>
	 */
	private function get_args() {
		return array(
			'name'    => array(
				'required'          => true,
				'sanitize_callback' => 'sanitize_text_field',
			),
			'email'   => array(
				'required'          => true,
				'type'              => 'string',
				'format'            => 'email',
				'validate_callback' => 'rest_validate_request_arg',
				'sanitize_callback' => 'sanitize_email',
			),
			'text'    => array(
				'required'          => true,
				'validate_callback' => array( $this, 'is_short_enough' ),
				'sanitize_callback' => 'sanitize_textarea_field',
			),
			'subject' => array(
				'default'           => '',
				'sanitize_callback' => 'sanitize_text_field',
			),
		);
	}

	/**
	 * Accepts messages from our own form only.
	 *
	 * @param WP_REST_Request $request The request.
	 * @return true|WP_Error
	 */
	public function check_request( WP_REST_Request $request ) {
		$nonce = (string) $request->get_param( 'tidy_nonce' );

		if ( '' === $nonce || ! wp_verify_nonce( $nonce, self::NONCE_ACTION ) ) {
			return new WP_Error(
				'tidy_forms_expired',
				__( 'This page has expired. Please reload it and try again.', 'tidy-forms' ),
				array( 'status' => 403 )
			);
		}

		return true;
	}

	/**
	 * Whether a message has a length that a person would write.
	 *
	 * @since 1.2.5
	 *
	 * @param mixed $text The message.
	 * @return bool
	 */
	public function is_short_enough( $text ) {
		return is_string( $text ) && strlen( $text ) <= self::MAX_LENGTH;
	}

	/**
	 * Sends the message, unless it is plainly spam.
	 *
	 * @param WP_REST_Request $request The request, its fields cleaned already.
	 * @return WP_REST_Response|WP_Error
	 */
	public function create_message( WP_REST_Request $request ) {
		if ( $this->is_spam( $request ) ) {
			// A robot that is told so would only try harder.
			return $this->say_thanks();
		}

		$sent = $this->mailer->send(
			array(
				'name'    => $request['name'],
				'email'   => $request['email'],
				'subject' => $request['subject'],
				'text'    => $request['text'],
				'page'    => (string) wp_get_referer(),
			)
		);
		if ( ! $sent ) {
			return new WP_Error(
				'tidy_forms_not_sent',
				__( 'Your message could not be sent.', 'tidy-forms' ),
				array( 'status' => 500 )
			);
		}

		return $this->say_thanks();
	}

	/**
	 * Whether the request fell into the trap: a field that people do not see.
	 *
	 * @param WP_REST_Request $request The request.
	 * @return bool
	 */
	private function is_spam( WP_REST_Request $request ) {
		return '' !== trim( (string) $request->get_param( 'website' ) );
	}

	/**
	 * The answer to a message that was taken.
	 *
	 * @return WP_REST_Response
	 */
	private function say_thanks() {
		return new WP_REST_Response( array( 'message' => $this->settings->get( 'thanks' ) ), 201 );
	}
}

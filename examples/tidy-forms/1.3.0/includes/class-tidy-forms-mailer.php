<?php
/**
 * Turns a message into an email.
 *
 * @package Tidy_Forms
 */

defined( 'ABSPATH' ) || exit;

/**
 * Sends messages to the address in the settings.
 */
class Tidy_Forms_Mailer {

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
	 * Sends one message.
	 *
	 * @param array<string, string> $message Keys: name, email, subject, text, page.
	 * @return bool Whether WordPress took the mail.
	 */
	public function send( array $message ) {
		$subject = trim( $this->settings->get( 'prefix' ) . ' ' . $message['subject'] );
		$headers = array(
			'Content-Type: text/plain; charset=UTF-8',
			sprintf( 'Reply-To: %s <%s>', $this->quote_name( $message['name'] ), $message['email'] ),
		);

		/**
		 * Filters the address that a message goes to.
		 *
		 * @since 1.1.0
		 *
		 * @param string                $recipient Address from the settings.
		 * @param array<string, string> $message   The message.
		 */
		$recipient = apply_filters( 'tidy_forms_recipient', $this->settings->get( 'recipient' ), $message );

		return wp_mail( $recipient, $subject, $this->build_body( $message ), $headers );
	}

	/**
	 * The mail's text.
	 *
	 * @param array<string, string> $message The message.
	 * @return string
	 */
	private function build_body( array $message ) {
		$lines = array(
			$message['text'],
			'',
			'-- ',
			/* translators: %s: name of the sender. */
			sprintf( __( 'Sent by %s', 'tidy-forms' ), $message['name'] ),
		);
		if ( '' !== $message['page'] ) {
			/* translators: %s: address of a page. */
			$lines[] = sprintf( __( 'From the form on %s', 'tidy-forms' ), $message['page'] );
		}

		return implode( "\n", $lines );
	}

	/**
	 * A name that cannot break out of its place in a mail header.
	 *
	 * @param string $name Name of the sender.
	 * @return string
	 */
	private function quote_name( $name ) {
		return '"' . str_replace( array( '\\', '"', "\r", "\n" ), '', $name ) . '"';
	}
}

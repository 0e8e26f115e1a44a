<?php
/**
 * The form that visitors see.
 *
 * @package Tidy_Forms
 */

defined( 'ABSPATH' ) || exit;

/**
 * Prints the form for the shortcode [tidy_form].
 */
class Tidy_Forms_Form {

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
	 * Registers the shortcode, the script and the style.
	 */
	public function register() {
		add_shortcode( 'tidy_form', array( $this, 'render' ) );

		wp_register_style( 'tidy-forms', plugins_url( 'assets/tidy-forms.css', TIDY_FORMS_FILE ), array(), TIDY_FORMS_VERSION );
		wp_register_script( 'tidy-forms', plugins_url( 'assets/tidy-forms.js', TIDY_FORMS_FILE ), array(), TIDY_FORMS_VERSION, true );
	}

	/**
	 * The form as HTML; its script and style are loaded only on pages that show it.
	 *
	 * @param array<string, string>|string $atts Attributes of the shortcode.
	 * @return string
	 */
	public function render( $atts ) {
		$atts = shortcode_atts( array( 'subject' => __( 'Message from the website', 'tidy-forms' ) ), $atts, 'tidy_form' );

		wp_enqueue_style( 'tidy-forms' );
		wp_enqueue_script( 'tidy-forms' );
		wp_localize_script( 'tidy-forms', 'tidyForms', $this->get_script_data() );

		ob_start();
		?>
		<form class="tidy-form" method="post" novalidate>
			<input type="hidden" name="tidy_nonce" value="<?php echo esc_attr( wp_create_nonce( Tidy_Forms_Rest::NONCE_ACTION ) ); ?>">
			<input type="hidden" name="subject" value="<?php echo esc_attr( $atts['subject'] ); ?>">
			<p class="tidy-form__trap" aria-hidden="true">
				<label><?php esc_html_e( 'Leave this empty', 'tidy-forms' ); ?> <input type="text" name="website" tabindex="-1" autocomplete="off"></label>
			</p>
			<p>
				<label><?php esc_html_e( 'Your name', 'tidy-forms' ); ?> <input type="text" name="name" autocomplete="name" required></label>
			</p>
			<p>
				<label><?php esc_html_e( 'Your email address', 'tidy-forms' ); ?> <input type="email" name="email" autocomplete="email" required></label>
			</p>
			<p>
				<label><?php esc_html_e( 'Your message', 'tidy-forms' ); ?> <textarea name="text" rows="6" required></textarea></label>
			</p>
			<p class="tidy-form__answer" role="status"></p>
			<p><button type="submit"><?php esc_html_e( 'Send', 'tidy-forms' ); ?></button></p>
		</form>
		<?php

		return (string) ob_get_clean();
	}

	/**
	 * What the script needs to know.
	 *
	 * @return array<string, string>
	 */
	private function get_script_data() {
		return array(
			'url'       => rest_url( Tidy_Forms_Rest::ROUTE_NAMESPACE . '/messages' ),
			// Without it the REST API would treat a logged-in user as a visitor.
			'restNonce' => is_user_logged_in() ? wp_create_nonce( 'wp_rest' ) : '',
			'thanks'    => $this->settings->get( 'thanks' ),
			'failed'    => __( 'Your message could not be sent.', 'tidy-forms' ),
		);
	}
}

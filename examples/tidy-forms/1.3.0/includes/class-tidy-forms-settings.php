<?php
/**
 * The settings and their page under Settings > Tidy Forms.
 *
 * @package Tidy_Forms
 */

defined( 'ABSPATH' ) || exit;

/**
 * Reads, checks and shows the plugin's only option.
 */
class Tidy_Forms_Settings {

	const OPTION = 'tidy_forms_settings';
	const PAGE   = 'tidy-forms';

	/**
	 * All settings, with defaults where nothing was saved yet.
	 *
	 * @return array<string, string>
	 */
	public function all() {
		$defaults = array(
			'recipient' => get_option( 'admin_email' ),
			'prefix'    => '[' . wp_specialchars_decode( get_option( 'blogname' ), ENT_QUOTES ) . ']',
			'thanks'    => __( 'Thank you, your message is on its way.', 'tidy-forms' ),
			'limit'     => '10',
		);

		return wp_parse_args( (array) get_option( self::OPTION, array() ), $defaults );
	}

	/**
	 * One setting by its name.
	 *
	 * @param string $name Name of the setting.
	 * @return string
	 */
	public function get( $name ) {
		$all = $this->all();

		return isset( $all[ $name ] ) ? (string) $all[ $name ] : '';
	}

	/**
	 * Adds the page to the admin menu.
	 */
	public function add_page() {
		add_options_page(
			__( 'Tidy Forms', 'tidy-forms' ),
			__( 'Tidy Forms', 'tidy-forms' ),
			'manage_options',
			self::PAGE,
			array( $this, 'render_page' )
		);
	}

	/**
	 * Registers the option and the fields of the page.
	 */
	public function register() {
		register_setting(
			self::PAGE,
			self::OPTION,
			array(
				'type'              => 'array',
				'sanitize_callback' => array( $this, 'sanitize' ),
			)
		);
		add_settings_section( 'tidy_forms_mail', __( 'Mail', 'tidy-forms' ), '__return_null', self::PAGE );

		$fields = array(
			'recipient' => __( 'Send messages to', 'tidy-forms' ),
			'prefix'    => __( 'Start of the subject', 'tidy-forms' ),
			'thanks'    => __( 'Text after sending', 'tidy-forms' ),
			'limit'     => __( 'Messages an hour from one address (0: no limit)', 'tidy-forms' ),
		);
		foreach ( $fields as $name => $label ) {
			add_settings_field(
				'tidy_forms_' . $name,
				$label,
				array( $this, 'render_field' ),
				self::PAGE,
				'tidy_forms_mail',
				array(
					'name'      => $name,
					'label_for' => 'tidy_forms_' . $name,
				)
			);
		}
	}

	/**
	 * Checks what was entered; an address that is none keeps the old one.
	 *
	 * @param mixed $input What the page sent.
	 * @return array<string, string>
	 */
	public function sanitize( $input ) {
		$input = (array) $input;
		$clean = $this->all();

		if ( isset( $input['recipient'] ) && is_email( $input['recipient'] ) ) {
			$clean['recipient'] = sanitize_email( $input['recipient'] );
		} else {
			add_settings_error( self::OPTION, 'recipient', __( 'Please enter a valid email address.', 'tidy-forms' ) );
		}
		foreach ( array( 'prefix', 'thanks' ) as $name ) {
			if ( isset( $input[ $name ] ) ) {
				$clean[ $name ] = sanitize_text_field( $input[ $name ] );
			}
		}
		if ( isset( $input['limit'] ) ) {
			$clean['limit'] = (string) absint( $input['limit'] );
		}

		return $clean;
	}

	/**
	 * Prints one field of the page.
	 *
	 * @param array<string, string> $args Name of the setting and id of its label.
	 */
	public function render_field( $args ) {
		printf(
			'<input type="text" class="regular-text" id="%1$s" name="%2$s[%3$s]" value="%4$s">',
			esc_attr( $args['label_for'] ),
			esc_attr( self::OPTION ),
			esc_attr( $args['name'] ),
			esc_attr( $this->get( $args['name'] ) )
		);
	}

	/**
	 * Prints the page.
	 */
	public function render_page() {
		if ( ! current_user_can( 'manage_options' ) ) {
			return;
		}
		?>
		<div class="wrap">
			<h1><?php echo esc_html( get_admin_page_title() ); ?></h1>
			<p>
				<?php
				printf(
					/* translators: %s: the shortcode. */
					esc_html__( 'Put %s on any page to show the form.', 'tidy-forms' ),
					'<code>[tidy_form]</code>'
				);
				?>
			</p>
			<form action="options.php" method="post">
				<?php
				settings_fields( self::PAGE );
				do_settings_sections( self::PAGE );
				submit_button();
				?>
			</form>
		</div>
		<?php
	}
}

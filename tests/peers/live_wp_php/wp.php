<?php
// php wp.php ARGUMENTS: what WP-CLI does (github.com/wp-cli), for the few commands that plugwatch asks; it refuses all
// else in WP-CLI's words. Each difference would make the tests lie: the order of loading is Runner::load_wordpress(),
// the filters that keep plugins and themes from running are Runner::setup_skip_*_filters().

function fail( string $words, int $status = 1 ): void {
	fwrite( STDERR, "Error: $words\n" );
	exit( $status );
}

function shell_word( string $word ): string {
	return preg_match( '/\A[a-zA-Z0-9_=.\/:-]+\z/', $word ) ? $word : escapeshellarg( $word );
}

$commands = array(
	'eval'           => array(),
	'eval-file'      => array(),
	'core version'   => array(),
	'plugin list'    => array( 'format', 'fields', 'status' ),
	'theme list'     => array( 'format', 'fields', 'status' ),
	'transient get'  => array( 'network', 'format' ),
	'plugin install' => array( 'force', 'activate' ),
	'theme install'  => array( 'force', 'activate' ),
	'plugin is-active' => array(),
);
$global   = array( 'path', 'url', 'ssh', 'allow-root', 'skip-plugins', 'skip-themes', 'quiet' );
$words    = array();
$options  = array();
foreach ( array_slice( $argv, 1 ) as $argument ) {
	if ( 0 === strpos( $argument, '--' ) && strlen( $argument ) > 2 && false === strpos( strtok( $argument, '=' ), ' ' ) ) {
		$parts                             = explode( '=', substr( $argument, 2 ), 2 );
		$options[ $parts[0] ] = $parts[1] ?? true;
	} else {
		$words[] = $argument;
	}
}
if ( isset( $words[0] ) && '@' === $words[0][0] ) {
	fail( "Alias '{$words[0]}' not found." );
}
$command = isset( $commands[ $words[0] ?? '' ] ) ? $words[0] : implode( ' ', array_slice( $words, 0, 2 ) );
if ( ! isset( $commands[ $command ] ) ) {
	fail( "'" . ( $words[0] ?? '' ) . "' is not a registered wp command. See 'wp help' for available commands." );
}
foreach ( array_keys( $options ) as $name ) {
	if ( ! in_array( $name, array_merge( $commands[ $command ], $global ), true ) ) {
		fail( "Parameter errors:\n unknown --$name parameter" );
	}
}
$words = array_slice( $words, count( explode( ' ', $command ) ) );

if ( isset( $options['ssh'] ) ) {
	if ( ! preg_match( '#^(?:ssh:)?([^:/~]+)(?::(\d+))?([/~].*)?$#', $options['ssh'], $target ) ) {
		fail( 'Cannot connect over SSH using provided configuration.', 255 );
	}
	$there = implode( ' ', array_map( 'shell_word', preg_grep( '/^--ssh=/', array_slice( $argv, 1 ), PREG_GREP_INVERT ) ) );
	$there = ( empty( $target[3] ) ? '' : 'cd ' . escapeshellarg( $target[3] ) . '; ' ) . "wp $there";
	$port  = empty( $target[2] ) ? '' : "-p {$target[2]} ";
	passthru( "ssh $port-T -q " . escapeshellarg( $target[1] ) . ' ' . escapeshellarg( $there ), $status );
	255 === $status ? fail( 'Cannot connect over SSH using provided configuration.', 255 ) : exit( $status );
}
if ( 0 === posix_geteuid() && ! isset( $options['allow-root'] ) ) {
	fail( "YIKES! It looks like you're running this as root. You probably meant to run this as the user that your WordPress installation exists under.\n\nIf you REALLY mean to run this as root, we won't stop you, but just bear in mind that any code on this site will then have full control of your server." );
}
$root = rtrim( (string) ( $options['path'] ?? getcwd() ), '/' );
if ( ! is_file( "$root/wp-includes/version.php" ) ) {
	fail( "This does not seem to be a WordPress installation.\nThe used path is: $root/\nPass --path=`path/to/wordpress` or run `wp core download`." );
}
if ( 'core version' === $command ) {
	require "$root/wp-includes/version.php";
	exit( "$wp_version\n" );
}
$config = is_file( "$root/wp-config.php" ) ? "$root/wp-config.php" : dirname( $root ) . '/wp-config.php';
if ( ! is_file( $config ) ) {
	fail( "'wp-config.php' not found.\nEither create one manually or use `wp config create`." );
}

// As WP-CLI tells of the site's own fatal errors.
set_exception_handler(
	static function ( Throwable $error ) {
		fail( "There has been a critical error on this website.\n\nUncaught $error" );
	}
);
define( 'WP_CLI', true );
if ( is_string( $options['url'] ?? null ) ) {
	$address                    = parse_url( $options['url'] ) + array( 'path' => '/' );
	$_SERVER['HTTP_HOST']       = $address['host'] . ( isset( $address['port'] ) ? ":{$address['port']}" : '' );
	$_SERVER['SERVER_NAME']     = $address['host'];
	$_SERVER['REQUEST_URI']     = $address['path'];
}
$_SERVER['SERVER_PROTOCOL'] = 'HTTP/1.0';
$_SERVER['REQUEST_METHOD']  = 'GET';
$_SERVER['HTTP_USER_AGENT'] = '';

$hooks = array();
if ( isset( $options['skip-plugins'] ) ) {
	$none = static function () {
		return array();
	};
	foreach ( array( 'pre_site_option_active_sitewide_plugins', 'site_option_active_sitewide_plugins', 'pre_option_active_plugins', 'option_active_plugins' ) as $hook ) {
		$hooks[] = array( $hook, $none );
	}
}
if ( isset( $options['skip-themes'] ) ) {
	foreach ( array( 'template_directory', 'stylesheet_directory' ) as $hook ) {
		$hooks[] = array( $hook, '__return_empty_string' );
	}
}
$wp_filter = array();
foreach ( $hooks as list( $hook, $function ) ) {
	$wp_filter[ $hook ][999][] = array( 'function' => $function, 'accepted_args' => 1 );
}
$wp_filter[ isset( $options['skip-plugins'] ) ? 'plugins_loaded' : 'init' ][0][] = array(
	'function'      => static function () use ( $hooks ) {
		foreach ( array_filter( $hooks, static fn( $one ) => false !== strpos( $one[0], 'plugins' ) ) as list( $hook, $function ) ) {
			remove_filter( $hook, $function, 999 );
		}
	},
	'accepted_args' => 0,
);

$code = preg_replace( '/^\s*require.+wp-settings\.php.*$/m', '', file_get_contents( $config ) );
$code = str_replace( array( '__FILE__', '__DIR__' ), array( var_export( $config, true ), var_export( dirname( $config ), true ) ), $code );
eval( preg_replace( '/^\s*<\?php/', '', $code ) );
require ABSPATH . 'wp-settings.php';
require ABSPATH . 'wp-admin/includes/admin.php';
add_filter( 'filesystem_method', static fn() => 'direct', 99 );
require __DIR__ . '/commands.php';

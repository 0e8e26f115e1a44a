<?php
// The internet of a WordPress of the tests: hosts are played on loopback, all others cannot be reached; every request
// is written down as it would have left.

add_filter(
	'pre_http_request',
	static function ( $answer, $args, $url ) {
		$host = (string) wp_parse_url( $url, PHP_URL_HOST );
		if ( '127.0.0.1' === $host || false !== $answer ) {
			return $answer;
		}
		$plan = json_decode( (string) file_get_contents( WP_CONTENT_DIR . '/test-internet.json' ), true );
		$line = array(
			'method'  => $args['method'],
			'url'     => $url,
			'agent'   => $args['user-agent'],
			'headers' => $args['headers'],
			'cookies' => count( $args['cookies'] ),
			'body'    => is_array( $args['body'] ) ? $args['body'] : (string) $args['body'],
			'follows' => $args['redirection'],
			'limit'   => $args['limit_response_size'],
		);
		file_put_contents( WP_CONTENT_DIR . '/test-requests.jsonl', json_encode( $line ) . "\n", FILE_APPEND );
		if ( empty( $plan[ $host ] ) ) {
			return new WP_Error( 'http_request_failed', "cURL error 6: Could not resolve host: $host" );
		}
		$scheme = (string) wp_parse_url( $url, PHP_URL_SCHEME );
		$local  = $plan[ $host ] . substr( $url, strlen( "$scheme://$host" ) );
		$args['reject_unsafe_urls'] = false;
		$args['sslverify']          = false;
		return _wp_http_get_object()->request( $local, $args );
	},
	PHP_INT_MAX,
	3
);

<?php
// What is there: the component with the sum of each file, and what a deployment must know before it begins.

/** The composer.json above that brings the component, or null. */
function plugwatch_composer( string $root, string $slug ): ?string {
	$folder = $root;
	for ( $up = 0; $up < 6 && strlen( $folder ) > 1; $up++, $folder = dirname( $folder ) ) {
		$file = "$folder/composer.json";
		$read = @is_file( $file ) ? json_decode( (string) @file_get_contents( $file ), true ) : null;
		$names = is_array( $read ) ? array_keys( (array) ( $read['require'] ?? array() ) + (array) ( $read['require-dev'] ?? array() ) ) : array();
		foreach ( $names as $name ) {
			if ( basename( (string) $name ) === $slug ) {
				return $file;
			}
		}
		$vendor    = is_array( $read ) ? ( $read['config']['vendor-dir'] ?? 'vendor' ) : 'vendor';
		$installed = "$folder/$vendor/composer/installed.json";
		$listed    = @is_file( $installed ) ? json_decode( (string) @file_get_contents( $installed ), true ) : null;
		foreach ( (array) ( $listed['packages'] ?? array() ) as $package ) {
			$path = isset( $package['install-path'] ) ? realpath( dirname( $installed ) . '/' . $package['install-path'] ) : false;
			if ( "$root/$slug" === $path ) {
				return $file;
			}
		}
	}
	return null;
}

/** Seconds until PHP looks whether a file has changed, -1 for never; a web server's own settings may be others. */
function plugwatch_rereads(): int {
	if ( '0' === ini_get( 'opcache.validate_timestamps' ) || '' === ini_get( 'opcache.validate_timestamps' ) ) {
		return -1;
	}
	return max( 2, (int) ini_get( 'opcache.revalidate_freq' ) );
}

plugwatch_answer(
	static function () use ( $plugwatch ): array {
		list( $path, $single ) = plugwatch_place( $plugwatch );
		$root   = plugwatch_root( $plugwatch );
		$work   = plugwatch_workplace( $plugwatch );
		$job    = plugwatch_job( $work );
		$answer = array(
			'there'    => null !== $path,
			'single'   => $single,
			'path'     => (string) $path,
			'version'  => $path ? plugwatch_version( $plugwatch, $path ) : null,
			'active'   => plugwatch_active( $plugwatch ),
			'files'    => $path ? (object) plugwatch_sums( $path ) : (object) array(),
			'bytes'    => $path ? array_sum( array_map( 'filesize', plugwatch_files( $path ) ) ) : 0,
			'free'     => plugwatch_try( 'disk_free_space', $root ) ?: null,
			'writable' => is_writable( $root ) && ( ! $path || is_writable( $path ) ),
			'composer' => plugwatch_composer( $root, $plugwatch['slug'] ),
			'home'     => home_url( '/' ),
			'rereads'  => plugwatch_rereads(),
			'job'      => null,
		);
		if ( $job ) {
			$answer['job'] = array(
				'id'     => (string) ( $job['id'] ?? '' ),
				'before' => (string) ( $job['before'] ?? '' ),
				'after'  => (string) ( $job['after'] ?? '' ),
				'since'  => (int) ( $job['since'] ?? @filemtime( $work ) ),
				'busy'   => ! plugwatch_hold( $work ),
				'kept'   => null !== plugwatch_copy( $work, (string) ( $job['before'] ?? '' ) ),
			);
		}
		return $answer;
	}
);

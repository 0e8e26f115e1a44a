<?php
// The component as a ZIP on stdout, written as it is read: nothing is stored on the site. The format is the one of
// PKWARE's APPNOTE 6.3, sections 4.3.7, 4.3.12 and 4.3.16, up to 2 GiB.

( static function () use ( $plugwatch ): void {
	list( $path, ) = plugwatch_place( $plugwatch );
	$central = '';
	$offset  = 0;
	$count   = 0;
	foreach ( $path ? plugwatch_files( $path ) : array() as $name => $file ) {
		$data = @file_get_contents( $file );
		if ( false === $data || $offset + strlen( $data ) > 0x7fffffff || $count >= 65535 ) {
			return; // without its end the answer is none
		}
		$packed = function_exists( 'gzdeflate' ) ? gzdeflate( $data, 6 ) : false;
		$method = false !== $packed && strlen( $packed ) < strlen( $data ) ? 8 : 0;
		$body   = $method ? $packed : $data;
		$name   = "{$plugwatch['slug']}/$name";
		$common = pack( 'vvvvvVVVvv', 20, 0x800, $method, 0, 33, crc32( $data ), strlen( $body ), strlen( $data ), strlen( $name ), 0 );
		$head   = "PK\x03\x04" . $common . $name;
		echo $head, $body;
		$central .= "PK\x01\x02" . pack( 'v', 0x31e ) . $common . pack( 'vvvVV', 0, 0, 0, fileperms( $file ) << 16, $offset ) . $name;
		$offset  += strlen( $head ) + strlen( $body );
		++$count;
	}
	echo $central, "PK\x05\x06", pack( 'vvvvVVv', 0, 0, $count, $count, strlen( $central ), $offset, 0 );
} )();

( function () {
	'use strict';

	const config = window.tidyForms;

	function show( form, text, isError ) {
		const answer = form.querySelector( '.tidy-form__answer' );

		answer.textContent = text;
		answer.classList.toggle( 'tidy-form__answer--error', isError );
	}

	async function send( form ) {
		const headers = {};

		if ( config.restNonce ) {
			headers[ 'X-WP-Nonce' ] = config.restNonce;
		}

		const response = await fetch( config.url, {
			method: 'POST',
			credentials: 'same-origin',
			headers,
			body: new FormData( form ),
		} );
		const body = await response.json();

		if ( ! response.ok ) {
			throw new Error( body.message || config.failed );
		}

		return body.message || config.thanks;
	}

	document.addEventListener( 'submit', function ( event ) {
		const form = event.target.closest( '.tidy-form' );

		if ( ! form ) {
			return;
		}
		event.preventDefault();

		const button = form.querySelector( 'button[type="submit"]' );

		button.disabled = true;
		send( form )
			.then( function ( text ) {
				form.reset();
				show( form, text, false );
			} )
			.catch( function ( error ) {
				show( form, error.message || config.failed, true );
			} )
			.finally( function () {
				button.disabled = false;
			} );
	} );
} )();

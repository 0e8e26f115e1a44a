<?php
// End what place.php began: "finish" removes the old copy where the new one is whole and in its place, "back" puts the
// old one there again. Both look at the files themselves and may be repeated; what is neither is left as it is.

plugwatch_answer(
	static function () use ( $plugwatch ): array {
		$work = plugwatch_workplace( $plugwatch );
		$job  = plugwatch_job( $work );
		$name = $job['name'] ?? basename( plugwatch_place( $plugwatch )[0] ?? $plugwatch['slug'] );
		$live = plugwatch_root( $plugwatch ) . '/' . basename( $name );
		if ( null === $job ) {
			plugwatch_sweep( dirname( $work ) );
			return array( 'settled' => false, 'digest' => plugwatch_digest( $live ) );
		}
		if ( ! plugwatch_hold( $work ) ) {
			throw new Plugwatch_Refusal( 'busy' );
		}
		if ( ! in_array( $job['id'] ?? '', array( $plugwatch['id'], '' ), true ) ) {
			throw new Plugwatch_Refusal( 'locked' );
		}
		$digest = plugwatch_digest( $live );
		$before = (string) ( $job['before'] ?? $digest ); // killed before it wrote anything down: nothing was moved
		$wanted = 'back' === $plugwatch['way'] ? $before : (string) ( $job['after'] ?? '' );
		if ( 'back' === $plugwatch['way'] && $digest !== $before ) {
			$copy = plugwatch_copy( $work, $before );
			if ( null === $copy ) {
				throw new Plugwatch_Refusal( 'lost', $digest );
			}
			plugwatch_swap( $live, $copy, "$work/new/" . basename( $live ) . '.failed' );
			plugwatch_refresh( $live );
			$digest = plugwatch_digest( $live );
		}
		if ( '' === $wanted || $digest !== $wanted ) {
			throw new Plugwatch_Refusal( 'other', $digest );
		}
		plugwatch_leave( $work );
		return array( 'settled' => true, 'digest' => $digest );
	}
);

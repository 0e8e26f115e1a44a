"""A function that a patch and a release both change, for the tests of the finer merge."""

from __future__ import annotations

from plugwatch.model.verdicts.merge import refine

BASE = b"""<?php
function send( $form ) {
\t$to = get_option( 'to' );
\t$subject = 'New message';
\t$body = render( $form );
\treturn wp_mail( $to, $subject, $body );
}
"""


def changed(old: bytes, new: bytes, text: bytes = BASE) -> bytes:
    assert text.count(old) == 1
    return text.replace(old, new)


def merged(ours: bytes, theirs: bytes, base: bytes = BASE) -> bytes | None:
    return refine(base, ours, theirs).content

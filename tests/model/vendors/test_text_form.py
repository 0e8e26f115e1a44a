"""Line ends and marks: taken off to compare, put on again as they were."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from plugwatch.model.vendors.text_form import BOM, TextForm, dress, form_of, is_text, plain

TEXTS = st.lists(st.sampled_from([b"a", b"b", b"\n", b"\r\n", b"\r", b"\t x", BOM]), max_size=20).map(b"".join)


def test_the_form_of_a_text() -> None:
    assert form_of(b"a\nb\n") == TextForm(bom=False, ends="LF")
    assert form_of(BOM + b"a\r\nb\r\n") == TextForm(bom=True, ends="CRLF")
    assert form_of(b"a\r\nb\n").ends == "mixed"
    assert form_of(b"a\rb").ends == ""
    assert is_text(b"a")
    assert not is_text(b"\x89PNG\0")


@settings(deadline=None, max_examples=200)
@given(TEXTS)
def test_what_is_undressed_and_dressed_again_is_the_same(content: bytes) -> None:
    assert dress(plain(content), content) == content


@settings(deadline=None, max_examples=200)
@given(TEXTS, TEXTS)
def test_dressing_changes_no_word(text: bytes, like: bytes) -> None:
    dressed = dress(plain(text), like)
    assert dressed.replace(b"\r", b"").replace(BOM, b"") == text.replace(b"\r", b"").replace(BOM, b"")


def test_lines_of_mixed_ends_keep_theirs_and_new_ones_get_the_most_common() -> None:
    like = b"one\r\ntwo\nthree\r\nfour\r\n"
    assert dress(b"one\ntwo\nnew\nfour\n", like) == b"one\r\ntwo\nnew\r\nfour\r\n"

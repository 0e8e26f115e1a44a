from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugwatch.model.patches.package_support import PackageSupport, read_composer, read_package

COMPOSER = {
    "name": "tidy-works/tidy-forms",
    "license": ["GPL-2.0-or-later", "MIT"],
    "homepage": "https://tidy.example",
    "authors": [{"name": "Dana", "email": "dana@tidy.example"}, {"name": "Nobody"}, 7],
    "support": {
        "email": "help@tidy.example",
        "issues": "https://github.com/tidy-works/tidy-forms/issues",
        "source": "https://github.com/tidy-works/tidy-forms",
        "forum": "https://forum.tidy.example",
        "wiki": "https://wiki.tidy.example",
        "irc": "irc://irc.tidy.example/forms",
        "security": "https://tidy.example/security",
    },
}


def test_a_composer_file_says_where_help_is_found():
    told = read_composer(json.dumps(COMPOSER).encode())
    assert told == PackageSupport(
        "composer.json",
        name="tidy-works/tidy-forms",
        license="GPL-2.0-or-later or MIT",
        homepage="https://tidy.example",
        email="help@tidy.example",
        issues="https://github.com/tidy-works/tidy-forms/issues",
        source="https://github.com/tidy-works/tidy-forms",
        forum="https://forum.tidy.example",
        docs="https://wiki.tidy.example",
        chat="irc://irc.tidy.example/forms",
        security="https://tidy.example/security",
        authors=("dana@tidy.example",),
    )
    assert PackageSupport.from_document(json.loads(json.dumps(told.to_document()))) == told


@pytest.mark.parametrize(
    ("repository", "bugs"),
    [
        ("github:tidy-works/tidy-forms", "https://tidy.example/bugs"),
        ({"type": "git", "url": "github:tidy-works/tidy-forms"}, {"url": "https://tidy.example/bugs"}),
    ],
)
def test_a_package_file_says_it_in_two_ways(repository, bugs):
    told = read_package(json.dumps({"repository": repository, "bugs": bugs}).encode())
    assert (told.source, told.issues) == ("github:tidy-works/tidy-forms", "https://tidy.example/bugs")


@pytest.mark.parametrize(
    "data",
    [b"", b"[]", b"{", b"\xff\xfe", b"7", b'{"a":' + b"[" * 100_000, b'{"a": "' + b"x" * (1 << 20) + b'"}'],
)
def test_what_cannot_be_read_is_none(data):
    assert read_composer(data) is None
    assert read_package(data) is None


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(st.fixed_dictionaries({}, optional=dict.fromkeys((*COMPOSER, "bugs", "repository"), _JSON)))
def test_no_document_is_refused(document):
    data = json.dumps(document).encode()
    for told in (read_composer(data), read_package(data)):
        assert told is not None
        assert PackageSupport.from_document(told.to_document()) == told


@pytest.mark.parametrize("document", [None, [], {}, {"file": "composer.json"}, {"file": 7}])
def test_what_was_not_kept_by_us_is_none(document):
    assert PackageSupport.from_document(document) is None

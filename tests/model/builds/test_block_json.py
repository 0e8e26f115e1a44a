"""The version in a block.json is changed where it is the release's, and no other byte is."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugwatch.model.builds.block_json import is_block, set_block_version

OLD, NEW = ("1.2.3",), "1.2.3.0-p1"


@pytest.mark.parametrize(
    "before",
    [
        b'{"name": "tidy/form", "version": "@"}',
        b'{\r\n\t"version" : "@",\r\n\t"title":"F\xc3\xb6rm {"\r\n}\r\n',
        b'{"a": {"version": "1.2.3"}, "version":"@", "list": ["version", "1.2.3", {"version": "1.2.3"}]}',
        b'{"title": "\\"version\\": \\"1.2.3\\"", "version": "@"}',
        b'{"version": "@", "version": "@"}',
    ],
)
def test_only_the_blocks_own_version_changes(before: bytes) -> None:
    assert set_block_version(before.replace(b"@", b"1.2.3"), OLD, NEW) == before.replace(b"@", NEW.encode())


def test_a_version_is_what_json_says_it_is() -> None:
    escaped = b'{"\\u0076ersion": "1\\u002e2.3"}'
    assert json.loads(set_block_version(escaped, OLD, NEW)) == {"version": NEW}


@pytest.mark.parametrize(
    "data",
    [
        b'{"version": "0.1.0"}',
        b'{"version": 1.2, "apiVersion": 3}',
        b'{"version": ["1.2.3"]}',
        b'{"x": {"version": "1.2.3"}}',
        b'["version", "1.2.3"]',
        b'{"version": "1.2.3",}',
        b'\xef\xbb\xbf{"version": "1.2.3"}',
        b'\xff{"version": "1.2.3"}',
        b"[" * 100_000,
        b"",
    ],
)
def test_anything_else_is_left_alone(data: bytes) -> None:
    assert set_block_version(data, OLD, NEW) == data


def test_only_a_file_of_that_name_is_a_block() -> None:
    assert [p for p in ("block.json", "build/form/block.json", "myblock.json", "block.json/x") if is_block(p)] == [
        "block.json",
        "build/form/block.json",
    ]


_VALUES = st.recursive(
    st.none() | st.integers() | st.sampled_from(["1.2.3", "version", '"', "}", "\\"]) | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["version", "a", "{"]), inner, max_size=3)
    ),
    max_leaves=10,
)


@settings(max_examples=150)
@given(st.dictionaries(st.sampled_from(["version", "name", "}", ":"]), _VALUES), st.sampled_from([None, 1, "\t"]))
def test_the_rest_of_the_document_is_the_same(block: dict[str, object], indent: int | str | None) -> None:
    written = set_block_version(json.dumps(block, indent=indent).encode(), OLD, NEW)
    wanted = block | {"version": NEW} if block.get("version") == "1.2.3" else block
    assert json.loads(written) == wanted
    assert list(json.loads(written)) == list(block)

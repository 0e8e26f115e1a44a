"""What the directory says is read as it is meant, and never trips over how PHP or a stranger writes it."""

from __future__ import annotations

import json
from datetime import date, datetime, timezone
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugwatch.errors import InputError
from plugwatch.model.directory import CLOSED, OPEN, STATES, UNKNOWN, DirectoryEntry, is_directory_slug

PLUGIN: dict[str, Any] = {
    "name": "Tidy Forms &#8211; Forms &amp; More",
    "slug": "tidy-forms",
    "version": "1.10",
    "author": '<a href="https://maker.example">Maker &amp; Sons</a>',
    "requires": "6.0",
    "tested": "6.9.1",
    "requires_php": "7.4",
    "last_updated": "2026-08-24 3:07pm GMT",
    "support_url": "https://forum.example/support/plugin/tidy-forms/",
    "support_threads": 3,
    "support_threads_resolved": "1",
    "active_installs": 4000,
    "versions": {
        "1.9": "https://z.example/1.9.zip",
        "1.10": "https://z.example/1.10.zip",
        "trunk": "https://z.example",
    },
    "business_model": "community",
    "repository_url": "https://git.example/maker/tidy-forms",
    "commercial_support_url": "",
}
CLOSING: dict[str, Any] = {
    "error": "closed",
    "name": "Old Thing",
    "slug": "tidy-forms",
    "description": "This plugin has been closed as of May 4, 2026 &amp; is gone.",
    "closed": True,
    "closed_date": "2026-05-04",
    "reason": "security-issue",
    "reason_text": "Security Issue",
}
THEME: dict[str, Any] = {
    "name": "Shopfront",
    "slug": "shopfront",
    "version": "4.5",
    "author": {"user_nicename": "maker", "display_name": "maker", "author": "Maker", "author_url": False},
    "last_updated": "2026-07-01",
    "last_updated_time": "2026-07-01 09:10:11",
    "requires": False,
    "requires_php": "7.4",
    "versions": [],
    "is_commercial": True,
    "external_support_url": "https://help.example",
    "is_community": False,
    "external_repository_url": "",
    "active_installs": 20000.0,
}

ANSWERS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(exclude_categories=())),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*PLUGIN, *CLOSING]) | st.text(), inner)
    ),
    max_leaves=20,
)


def _read(**facts: Any) -> DirectoryEntry:
    return DirectoryEntry.from_answer("plugin", "tidy-forms", {**PLUGIN, **facts})


def test_a_plugin_is_read_whole() -> None:
    assert _read() == DirectoryEntry(
        kind="plugin",
        slug="tidy-forms",
        state=OPEN,
        name="Tidy Forms – Forms & More",
        version="1.10",
        author="Maker & Sons",
        requires="6.0",
        tested="6.9.1",
        requires_php="7.4",
        last_updated=datetime(2026, 8, 24, 15, 7, tzinfo=timezone.utc),
        versions=("1.9", "1.10"),
        business_model="community",
        repository_url="https://git.example/maker/tidy-forms",
        commercial_support_url=None,
        support_url="https://forum.example/support/plugin/tidy-forms/",
        support_threads=3,
        support_threads_resolved=1,
        active_installs=4000,
    )


def test_a_theme_is_read_whole() -> None:
    assert DirectoryEntry.from_answer("theme", "shopfront", THEME) == DirectoryEntry(
        kind="theme",
        slug="shopfront",
        state=OPEN,
        name="Shopfront",
        version="4.5",
        author="Maker",
        requires_php="7.4",
        last_updated=datetime(2026, 7, 1, 9, 10, 11, tzinfo=timezone.utc),
        business_model="commercial",
        commercial_support_url="https://help.example",
        active_installs=20000,
    )


@pytest.mark.parametrize(
    ("author", "expected"),
    [({"author": "", "display_name": "Maker"}, "Maker"), ({"author": False}, None), ("maker", "maker"), ([], None)],
)
def test_a_theme_s_author_is_the_header_or_else_the_account(author: object, expected: str | None) -> None:
    assert DirectoryEntry.from_answer("theme", "shopfront", {**THEME, "author": author}).author == expected


def test_a_closed_plugin_says_when_and_why() -> None:
    assert DirectoryEntry.from_answer("plugin", "tidy-forms", CLOSING) == DirectoryEntry(
        kind="plugin",
        slug="tidy-forms",
        state=CLOSED,
        name="Old Thing",
        closed_date=date(2026, 5, 4),
        closed_reason="security-issue",
        closed_text="This plugin has been closed as of May 4, 2026 & is gone.",
    )


def test_a_closed_plugin_may_keep_date_and_reason_to_itself() -> None:
    entry = DirectoryEntry.from_answer("plugin", "x", {"error": "closed", "closed_date": False, "reason": False})

    assert entry == DirectoryEntry("plugin", "x", CLOSED)


@pytest.mark.parametrize(
    "error",
    ["Plugin not found.", "Theme not found", "Invalid plugin slug.", "Invalid slug provided", "plugin not found"],
)
def test_what_is_not_there_is_unknown(error: str) -> None:
    assert DirectoryEntry.from_answer("theme", "x", {"error": error}) == DirectoryEntry("theme", "x", UNKNOWN)


@pytest.mark.parametrize(
    "document",
    [
        None,
        False,
        [],
        {},
        "closed",
        {"error": "Action not implemented"},
        {"error": "Slugs not provided"},
        {"error": ["closed"]},
        {"name": False},
        {"name": "<b></b>"},
        {"name": "Tidy Forms", "error": "Try later"},
        {"name": "Other", "slug": "other"},
        {**CLOSING, "slug": "other"},
    ],
)
def test_what_says_neither_is_no_answer(document: object) -> None:
    with pytest.raises(InputError, match="no answer about plugin/tidy-forms"):
        DirectoryEntry.from_answer("plugin", "tidy-forms", document)


def test_php_s_false_and_empty_arrays_are_nothing() -> None:
    told = {
        name: [] if name in ("versions", "support_threads") else False
        for name in PLUGIN
        if name not in ("name", "slug")
    }

    assert _read(**told) == DirectoryEntry("plugin", "tidy-forms", OPEN, name="Tidy Forms – Forms & More")


@pytest.mark.parametrize(
    ("field", "told", "expected"),
    [
        ("version", "0.0", None),
        ("version", " 1.2 ", "1.2"),
        ("version", 1.2, None),
        ("name", "Q&amp;A &lt;b&gt; <i>x</i>", "Q&A <b> x"),
        ("name", "two\nlines\x00\x1b[31m\u202e \ud800", "two lines[31m"),
        ("name", "x" * 10_000, "x" * 200),
        ("name", "<" * 1_000_000 + "x", "<" * 200),
        ("author", '<a href="x>y">Maker</a>', 'y">Maker'),
        ("repository_url", "javascript:alert(1)", None),
        ("repository_url", "https://user:pw@git.example/x", None),
        ("repository_url", "https://git.example/a b", None),
        ("repository_url", "https://git.example/\nx", None),
        ("repository_url", "https:///x", None),
        ("repository_url", "http://[::1", None),
        ("repository_url", "https://git.example/" + "x" * 500, None),
        ("repository_url", "HTTP://git.example/x", "HTTP://git.example/x"),
        ("support_threads", True, None),
        ("support_threads", -1, None),
        ("support_threads", "many", None),
        ("support_threads", "٣", None),
        ("support_threads", 2.5, None),
        ("support_threads", float("nan"), None),
        ("support_threads", float("inf"), None),
        ("support_threads", 10**400, None),
        ("last_updated", "2026-08-24 12:07am GMT", datetime(2026, 8, 24, 0, 7, tzinfo=timezone.utc)),
        ("last_updated", "2026-08-24 12:07pm GMT", datetime(2026, 8, 24, 12, 7, tzinfo=timezone.utc)),
        ("last_updated", "2026-08-24", datetime(2026, 8, 24, tzinfo=timezone.utc)),
        ("last_updated", "2026-02-30 1:00am GMT", None),
        ("last_updated", "0000-00-00", None),
        ("last_updated", "yesterday", None),
        ("versions", {"v1.2": "", "1.10": "", "1.9": "", "1.9-beta": "", "trunk": "", "-": "", "x" * 101: ""},
         ("v1.2", "1.9-beta", "1.9", "1.10")),
        ("versions", ["https://z.example/0.zip"], ()),
        ("versions", {f"1.{n}": "" for n in range(3000)}, tuple(f"1.{n}" for n in range(1000, 3000))),
    ],
)  # fmt: skip
def test_quirks_and_attacks(field: str, told: object, expected: object) -> None:
    assert getattr(_read(**{field: told}), field) == expected


@given(ANSWERS)
@settings(max_examples=100)
def test_any_json_is_read_or_refused_and_can_be_kept(answer: object) -> None:
    for kind, document in (("plugin", answer), ("theme", answer), ("plugin", {**PLUGIN, "versions": answer})):
        try:
            entry = DirectoryEntry.from_answer(kind, "tidy-forms", document)
        except InputError:
            continue
        assert entry.state in STATES
        kept = json.dumps(entry.to_document(), ensure_ascii=False).encode()
        assert DirectoryEntry.from_document(json.loads(kept)) == entry


@given(st.dictionaries(st.sampled_from(sorted(PLUGIN)), ANSWERS))
@settings(max_examples=100)
def test_no_field_s_value_can_break_an_answer(facts: dict[str, Any]) -> None:
    entry = _read(**{**facts, "name": "Tidy Forms", "slug": "tidy-forms"})

    assert DirectoryEntry.from_document(json.loads(json.dumps(entry.to_document()))) == entry


def test_an_entry_is_kept_as_json() -> None:
    document = _read().to_document()

    assert document["last_updated"] == "2026-08-24T15:07:00+00:00"
    assert document["versions"] == ["1.9", "1.10"]
    assert document["closed_date"] is None
    assert DirectoryEntry.from_document(json.loads(json.dumps(document))) == _read()
    closed = DirectoryEntry.from_answer("plugin", "tidy-forms", CLOSING)
    assert closed.to_document()["closed_date"] == "2026-05-04"
    assert DirectoryEntry.from_document(closed.to_document()) == closed


def test_a_name_that_looks_like_an_entity_stays_as_it_is_when_kept() -> None:
    entry = _read(name="How to write &amp;amp;")

    assert entry.name == "How to write &amp;"
    assert DirectoryEntry.from_document(entry.to_document()) == entry


@pytest.mark.parametrize("document", [None, [], {}, {"kind": "plugin", "slug": "x", "state": "odd"}, {"kind": 1}])
def test_what_was_not_kept_by_us_is_refused(document: object) -> None:
    with pytest.raises(InputError, match=r"ask WordPress\.org again"):
        DirectoryEntry.from_document(document)


@pytest.mark.parametrize(
    ("version", "known"),
    [
        ("1.10", True),
        ("1.9", True),
        ("v1.9", True),
        (" 1.9 ", True),
        ("1.9.0-p1", False),
        ("1.9.0.0-p1", True),
        ("1.9.1.0-p1", False),
        ("1.11", False),
        ("1.1", False),
        ("-", False),
        ("2.0", True),
    ],
)
def test_a_version_is_known_as_php_compares_it(version: str, known: bool) -> None:
    assert _read(versions={"1.9": "", "V2.0": ""}).knows_version(version) is known


def test_where_no_version_is_told_none_is_known_or_unknown() -> None:
    assert DirectoryEntry("plugin", "x", CLOSED, name="X").knows_version("1.0") is None


@pytest.mark.parametrize(
    ("slug", "possible"),
    [
        ("tidy-forms", True),
        ("_s", True),
        ("2046", True),
        ("Tidy", False),
        ("a b", False),
        ("", False),
        ("a" * 201, False),
    ],
)
def test_the_directory_has_plain_slugs_only(slug: str, possible: bool) -> None:
    assert is_directory_slug(slug) is possible

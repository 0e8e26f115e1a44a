"""Display names lead to slugs only where nobody could mean something else."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugwatch.model.directory import CLOSED, OPEN, UNKNOWN, DirectoryEntry
from plugwatch.model.names import SURE, Match, fold_name, match_confidence, slug_candidates

FORMS = DirectoryEntry(
    "plugin",
    "tidy-forms",
    OPEN,
    name="Tidy Forms",
    version="2.4.1",
    author="Maker & Sons, Inc.",
    versions=("1.0", "2.4.1"),
)
SUBTITLED = DirectoryEntry(
    "plugin",
    "tidy-forms",
    OPEN,
    name="Tidy Forms – The Form Builder",
    version="2.4.1",
    author="Maker",
    versions=("2.4.1",),
)
GONE = DirectoryEntry("plugin", "old-thing", CLOSED, name="Old Thing")


@pytest.mark.parametrize(
    ("name", "slugs"),
    [
        ("Tidy Forms", ["tidy-forms"]),
        ("Contact Form 7", ["contact-form-7"]),
        ("Tidy Forms – The Form Builder", ["tidy-forms-the-form-builder", "tidy-forms"]),
        ("Tidy Forms -- Builder", ["tidy-forms-builder", "tidy-forms"]),
        ("Tidy Forms: Builder", ["tidy-forms-builder", "tidy-forms"]),
        ("Tidy Forms | Builder", ["tidy-forms-builder", "tidy-forms"]),
        ("Site Bits by Maker – Analytics", ["site-bits-by-maker-analytics", "site-bits-by-maker", "site-bits"]),
        ("Tidy Forms (Lite)", ["tidy-forms-lite", "tidy-forms"]),
        ("Übersetzer für Łódź & Ærø", ["ubersetzer-fur-lodz-aero"]),
        ("Q&amp;A &#8211; Box", ["qa-box", "qa"]),
        ("It’s “fine”", ["its-fine"]),
        ("WP.com_Tools", ["wp-com-tools"]),
        ("Acme™ Bits/Bobs", ["acmetm-bitsbobs", "acme-bitsbobs"]),
        ("Twenty Twenty-Four", ["twenty-twenty-four", "twentytwentyfour"]),
        ("日本語プラグイン", []),
        ("日本語 Forms", ["forms"]),
        ("", []),
        ("---", []),
        ("../../etc", ["etc"]),
        ("<b>Bold</b> Forms", ["bold-forms"]),
    ],
)
def test_slugs_are_made_as_the_directory_makes_them(name: str, slugs: list[str]) -> None:
    assert slug_candidates(name) == slugs


@given(st.text(st.characters(exclude_categories=()), max_size=400) | st.from_regex(r"\A[A-Za-z (:|)-]{0,200}\Z"))
@settings(max_examples=300)
def test_any_name_gives_a_few_plain_slugs(name: str) -> None:
    slugs = slug_candidates(name)

    assert len(slugs) == len(set(slugs)) <= 5
    assert all(re.fullmatch("[a-z0-9_-]{1,200}", slug) for slug in slugs)
    assert fold_name(fold_name(name)) == fold_name(name) or "&" in name


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Tidy Forms", "tidy  forms\u00a0"),
        ("Tidy – Forms", "Tidy - Forms"),
        ("Tidy &#8211; Forms", "Tidy -- Forms"),
        ("Maker&#8217;s Forms", "Maker's Forms"),
        ("Forms &amp; More", "Forms & More"),
        ("Café Forms", "CAFE\u0301 FORMS"),
        ("Cafe Forms", "Café Forms"),
        ("Straße", "STRASSE"),
        ("“Forms”", '"Forms"'),
        ("Wait…", "Wait..."),
        ("4×4 Grid", "4x4 Grid"),
        ("Acme™ Forms", "Acme(tm) Forms"),
    ],
)
def test_names_that_differ_in_spelling_only_are_the_same(one: str, other: str) -> None:
    assert fold_name(one) == fold_name(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("Tidy Forms", "TidyForms"), ("Forms+", "Forms"), ("Forms 2", "Forms"), ("が", "か"), ("A-B", "A - B")],
)
def test_other_names_are_not_the_same(one: str, other: str) -> None:
    assert fold_name(one) != fold_name(other)


@pytest.mark.parametrize(
    ("name", "version", "author", "entry", "confidence"),
    [
        ("TIDY&nbsp;Forms", "2.4.1", "<a href='x'>Maker &amp; Sons Inc</a>", FORMS, 0.99),
        ("Tidy Forms", None, "maker & sons, inc.", FORMS, 0.97),
        ("Tidy Forms", "2.4.1", None, FORMS, 0.95),
        ("Tidy Forms", "2.4.1.0-p3", None, FORMS, 0.95),
        ("Tidy Forms", None, None, FORMS, 0.9),
        ("Tidy Forms", "", "  ", FORMS, 0.9),
        ("Tidy Forms", "2.4.1", "Somebody Else", FORMS, 0.9),
        ("Old Thing", "3.1", "Maker", GONE, 0.8),
        ("Tidy Forms", "9.9", "Maker & Sons, Inc.", FORMS, 0.7),
        ("Tidy Forms", None, "Somebody Else", FORMS, 0.6),
        ("Tidy Forms", "1.0", "Somebody Else", FORMS, 0.6),
        ("Tidy Forms", "9.9", None, FORMS, 0.5),
        ("Tidy Forms", "9.9", "Somebody Else", FORMS, 0.5),
        ("Tidy Forms", "2.4.1", "Maker", SUBTITLED, 0.92),
        ("Tidy Forms", "2.4.1", None, SUBTITLED, 0.5),
        ("Tidy Forms", None, "Maker", SUBTITLED, 0.5),
        ("Tidy", "2.4.1", "Maker", SUBTITLED, 0.3),
        ("Tidy Forms Pro", "2.4.1", "Maker & Sons, Inc.", FORMS, 0.3),
        ("Untidy Forms", "2.4.1", "Maker & Sons, Inc.", FORMS, 0.0),
        ("", "2.4.1", None, FORMS, 0.0),
        (None, "2.4.1", None, FORMS, 0.0),
        ("Tidy Forms", None, None, DirectoryEntry("plugin", "tidy-forms", UNKNOWN, name="Tidy Forms"), 0.0),
        ("Old Thing", None, None, DirectoryEntry("plugin", "old-thing", CLOSED), 0.0),
    ],
)
def test_confidence(
    name: str | None, version: str | None, author: str | None, entry: DirectoryEntry, confidence: float
) -> None:
    match = match_confidence(name, version, author, entry)

    assert match.confidence == confidence
    assert match.reason
    assert match.sure is (confidence >= SURE)


NAMES = st.sampled_from(["Tidy Forms", "tidy  FORMS", "Tidy Forms – The Form Builder", "Tidy", "Site Tweaks", ""])
VERSIONS = st.none() | st.sampled_from(["", "1.0", "2.4.1", "3.0", "9.9-beta"])
AUTHORS = st.none() | st.sampled_from(["", "Maker", "Maker & Sons, Inc.", "Our Agency"])


@given(NAMES, VERSIONS, AUTHORS, st.sampled_from([FORMS, SUBTITLED, GONE]))
@settings(max_examples=200)
def test_a_private_plugin_is_never_taken_for_a_stranger_s(
    name: str, version: str | None, author: str | None, entry: DirectoryEntry
) -> None:
    match = match_confidence(name, version, author, entry)

    assert isinstance(match, Match)
    if match.sure:
        assert fold_name(entry.name or "").startswith(fold_name(name))
        assert not version or entry.knows_version(version)
        assert author != "Our Agency" or version == "2.4.1"

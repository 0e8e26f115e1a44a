"""The shipped texts: whole drafts against the kept ones, and what the checks say of them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from plugwatch.channels.registry import prepare
from plugwatch.model.checks import PrivateWords, Rules, check_draft
from plugwatch.model.submission import (
    ROADS,
    Brief,
    Draft,
    Environment,
    OtherComponent,
    PatchForms,
    Posting,
    Road,
    make_excerpt,
)
from plugwatch.render.texts import Texts

GOLDEN = Path(__file__).parent / "golden"
PRIVATE = PrivateWords(
    names=("Acme Shop GmbH", "Bolt"),
    slugs=("acme", "bolt", "plugin", "shop"),
    addresses=("https://www.acme.example",),
    contacts=("Shop desk <desk@acme.example>", "Anna Kowalska"),
)
HOSTILE = "`</code> @everyone #1 ``` '''"
every_road = pytest.mark.parametrize("road", ROADS.values(), ids=list(ROADS))


def make_draft(road: Road, brief: Brief, forms: PatchForms | None, posting: Posting) -> Draft:
    text = Texts().render(road, brief)
    prepared = prepare(road, text, brief, forms, posting)
    draft = Draft(road.name, text.title, text.body, prepared.files, prepared.url)
    words = replace(PRIVATE, slugs=("acme", "bolt"))
    return replace(draft, checks=check_draft(draft, Rules(road, brief, words)))


def blocking(draft: Draft) -> dict[str, str]:
    return {check.check: check.detail for check in draft.checks if not check.ok}


@every_road
def test_the_whole_text_is_as_kept(road: Road, brief: Brief) -> None:
    text = Texts().render(road, brief)
    assert f"{text.title}\n\n{text.body}" == (GOLDEN / f"{road.name}.txt").read_text(encoding="utf-8")


@every_road
def test_a_full_brief_passes_every_check(road: Road, brief: Brief, forms: PatchForms, posting: Posting) -> None:
    draft = make_draft(road, brief, forms, posting)
    assert blocking(draft) == {}
    assert [check.check for check in draft.checks] == [
        "blanks",
        "privacy",
        "security",
        "build-headers",
        "length",
        "markup",
    ]
    assert brief.patch is not None
    assert brief.patch.id not in draft.body


@every_road
def test_what_is_known_to_be_nothing_leaves_no_blank(road: Road, brief: Brief, posting: Posting) -> None:
    environment = replace(brief.environment, first_bad="", last_good="", theme="", others=())
    bare = replace(brief, environment=environment, workaround="", tested="", related_url=None, patch=None)
    draft = make_draft(road, bare, None, posting)
    if road.name == "github-pr":
        assert blocking(draft) == {"blanks": "not filled in: the patch"}
    else:
        assert blocking(draft) == {}
    assert "\n\n\n" not in draft.body
    assert "None" not in draft.body


@every_road
def test_whatever_nobody_knows_is_named(road: Road, brief: Brief, forms: PatchForms, posting: Posting) -> None:
    environment = Environment(None, None, None, None, None, None, (OtherComponent("WooCommerce"),))
    component = replace(brief.component, vendor_url=None, vendor_email=None, repository=None)
    unknown = replace(
        brief,
        component=component,
        environment=environment,
        title="",
        why=None,
        steps=(),
        expected=None,
        actual=None,
        workaround=None,
        tested=None,
        related_url=None,
    )
    draft = make_draft(road, unknown, forms, posting)
    blanks = blocking(draft)["blanks"].removeprefix("not filled in: ").split("; ")
    pr = road.name == "github-pr"
    wanted = {
        "title",
        "the problem and its cause",
        "steps to reproduce",
        "what should happen",
        "what happens instead",
        "version that the patch is written against" if pr else "version of Tidy Forms",
        "first version with the problem",
        "last version without the problem",
        "WordPress version",
        "PHP version",
        "theme",
        "version of WooCommerce",
        "how the patch was tested" if pr else "what was tried",
    }
    wanted |= set() if pr else {"workaround"}
    wanted |= {"the vendor's e-mail address"} if road.name == "email" else set()
    assert set(blanks) == wanted
    assert "None" not in draft.body


@every_road
def test_a_hostile_component_changes_no_structure(road: Road, brief: Brief, posting: Posting) -> None:
    marks = {
        "markdown": ("#", "```", "- ", "1. ", "2. ", ">"),
        "trac": ("==", "{{{", "}}}", " *", " 1.", " 2.", "'''"),
        "forum": ("<", "`"),
        "mail": ("THE ", "STEPS", "VERSIONS", "- ", "1. ", "2. "),
    }[road.markup]

    def structure(about: Brief) -> list[str]:
        lines = Texts().render(road, about).body.split("\n")
        return [mark for line in lines for mark in marks if line.startswith(mark)]

    assert brief.patch is not None
    calm = replace(brief, title="t", patch=replace(brief.patch, excerpt="@@ -1 +1 @@\n-a\n+b\n c"))
    nasty = replace(
        calm,
        title=f"{HOSTILE}\n## Fixes #1\n== x ==",
        component=replace(calm.component, name=f"{HOSTILE}\n# x"),
        environment=replace(calm.environment, theme=f"{HOSTILE}\n- x", wordpress=HOSTILE),
        steps=tuple(f"{HOSTILE}\n1. x" for _ in calm.steps),
        expected=f"{HOSTILE}\n```",
        patch=replace(calm.patch, excerpt="@@ -1 +1 @@\n-```\n+}}}\n `c", files=("a`b.php",)),
    )
    assert structure(nasty) == structure(calm)
    found = check_draft(
        Draft(road.name, "t", Texts().render(road, nasty).body), Rules(road, nasty, replace(PRIVATE, slugs=()))
    )
    assert [check.detail for check in found if check.check in ("markup", "privacy") and not check.ok] == []


def test_a_long_patch_stays_within_the_forums_limit(brief: Brief, forms: PatchForms, posting: Posting) -> None:
    assert brief.patch is not None
    diff = brief.patch.diff + "".join(f"+line {n}\n" for n in range(500))
    long = replace(brief, patch=replace(brief.patch, diff=diff, excerpt=make_excerpt(diff)))
    assert blocking(make_draft(ROADS["forum"], long, forms, posting)) == {}


def test_a_client_in_any_part_blocks(brief: Brief, forms: PatchForms, posting: Posting) -> None:
    for about in (
        replace(brief, title="Broken at Bolt"),
        replace(brief, steps=("Open https://www.acme.example/cart",)),
        replace(brief, environment=replace(brief.environment, theme="Acme Child 1.0")),
        replace(brief, environment=replace(brief.environment, others=(OtherComponent("Bolt Checkout", "1"),))),
    ):
        for road in ROADS.values():
            assert list(blocking(make_draft(road, about, forms, posting))) == ["privacy"]
    leaking = replace(forms, svn_diff=forms.svn_diff.replace(b"Logged-in", b"For Acme: logged-in"))
    assert list(blocking(make_draft(ROADS["trac"], brief, leaking, posting))) == ["privacy"]


def test_a_matter_of_security_asks_for_confidence_in_private(brief: Brief, forms: PatchForms, posting: Posting) -> None:
    draft = make_draft(ROADS["email"], replace(brief, security=True), forms, posting)
    assert blocking(draft) == {}
    assert "Please treat it as confidential" in draft.body

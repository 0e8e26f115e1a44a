"""The shipped texts: whole drafts against the kept ones, and what the checks say of them."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest

from plugwatch.channels.registry import prepare
from plugwatch.model.roads.checks import PrivateWords, Rules, check_draft
from plugwatch.model.roads.road import KINDS, NETWORKS, ROADS, Road
from plugwatch.model.roads.submission import (
    ASKS,
    Brief,
    Draft,
    Environment,
    OtherComponent,
    PatchForms,
    Surroundings,
    Thread,
    make_excerpt,
)
from plugwatch.render.texts import Texts

GOLDEN = Path(__file__).parent / "golden" / "upstream"
PRIVATE = PrivateWords(
    names=("Acme Shop GmbH", "Bolt"),
    slugs=("acme", "bolt", "plugin", "shop"),
    addresses=("https://www.acme.example",),
    contacts=("Shop desk <desk@acme.example>", "Anna Kowalska"),
)
TEXTS = Texts()
every_road = pytest.mark.parametrize("road", ROADS.values(), ids=list(ROADS))
every_kind = pytest.mark.parametrize("kind", KINDS)
trackers = pytest.mark.parametrize(
    "road", [r for r in ROADS.values() if r.markup not in ("chat", "social")], ids=lambda r: r.name
)


@pytest.fixture
def whole(brief: Brief, thread: Thread):
    """A brief with all that a kind of text can say."""

    def make(kind: str, road: Road, **thread_facts: object) -> Brief:
        before = replace(thread, **thread_facts) if kind not in ("bug", "patch") else None
        network = "mastodon" if road.name == "social" else None
        patch = None if kind == "bug" and road.name != "github-pr" else brief.patch
        return replace(brief, kind=kind, thread=before, network=network, patch=patch)

    return make


def make_draft(road: Road, brief: Brief, forms: PatchForms | None, around: Surroundings) -> Draft:
    text = TEXTS.render(road, brief)
    prepared = prepare(road, text, brief, forms, around)
    draft = Draft(road.name, text.title, text.body, prepared.files, prepared.url)
    words = replace(PRIVATE, slugs=("acme", "bolt"))
    return replace(draft, checks=check_draft(draft, Rules(road, brief, words)))


def blocking(draft: Draft) -> dict[str, str]:
    return {check.check: check.detail for check in draft.checks if not check.ok}


@every_road
@every_kind
def test_the_whole_text_is_as_kept(road: Road, kind: str, whole) -> None:
    text = TEXTS.render(road, whole(kind, road))
    kept = GOLDEN / road.name / f"{kind}.txt"
    assert f"{text.title}\n\n{text.body}" == kept.read_text(encoding="utf-8")


@every_road
@every_kind
def test_a_full_brief_passes_every_check(road: Road, kind: str, whole, forms: PatchForms, around: Surroundings) -> None:
    brief = whole(kind, road)
    draft = make_draft(road, brief, forms if brief.patch else None, around)
    assert blocking(draft) == {}
    assert brief.patch is None or brief.patch.id not in draft.body


@every_road
@every_kind
def test_nothing_is_said_to_a_vendor_without_what_was_written_before(road: Road, kind: str, whole, around) -> None:
    draft = make_draft(road, replace(whole(kind, road), thread=None), None, around)
    before = {"follow-up": "what was written before", "adoption": "where and when the authors were asked before"}
    before |= dict.fromkeys(("reply", "thanks"), before["follow-up"])
    wanted = before.get(kind)
    assert blocking(draft) == ({"blanks": f"not filled in: {wanted}"} if wanted else {})


@trackers
def test_what_is_known_to_be_nothing_leaves_no_blank(road: Road, brief: Brief, around: Surroundings) -> None:
    environment = replace(
        brief.environment, first_bad="", last_good="", theme="", others=(), beside=(), sites=0, suspect=None
    )
    bare = replace(brief, environment=environment, workaround="", tested="", related_url=None, patch=None)
    for kind in ("bug", "patch"):
        draft = make_draft(road, replace(bare, kind=kind), None, around)
        has_blank = kind == "patch" or road.name == "github-pr"
        assert blocking(draft) == ({"blanks": "not filled in: the patch"} if has_blank else {})
        assert "\n\n\n" not in draft.body
        assert "None" not in draft.body


@trackers
def test_whatever_nobody_knows_is_named(road: Road, brief: Brief, forms: PatchForms, around: Surroundings) -> None:
    environment = Environment(None, None, None, None, None, None, (OtherComponent("WooCommerce"),))
    component = replace(brief.component, vendor_url=None, vendor_email=None, repository=None)
    unknown = replace(
        brief,
        kind="patch",
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
    draft = make_draft(road, unknown, forms, around)
    blanks = blocking(draft)["blanks"].removeprefix("not filled in: ").split("; ")
    pr = road.name == "github-pr"
    wanted = {
        "title",
        "the problem and its cause",
        "steps to reproduce",
        "what should happen",
        "what happens instead",
        "version of Tidy Forms",
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


def test_a_long_patch_stays_within_the_forums_limit(brief: Brief, forms: PatchForms, around: Surroundings) -> None:
    assert brief.patch is not None
    assert brief.environment.suspect is not None
    diff = brief.patch.diff + "".join(f"+line {n}\n" for n in range(500))
    suspect = replace(brief.environment.suspect, diff=diff)
    environment = replace(brief.environment, suspect=suspect)
    patch = replace(brief.patch, diff=diff, excerpt=make_excerpt(diff, 60))
    long = replace(brief, environment=environment)
    for kind in ("patch", "bug"):
        about = replace(long, kind=kind, patch=patch if kind == "patch" else None)
        draft = make_draft(ROADS["forum"], about, forms, around)
        assert blocking(draft) == {}
        assert "more lines]" in draft.body


def test_a_title_is_cut_for_the_forum(brief: Brief, around: Surroundings, whole) -> None:
    for kind in KINDS:
        long = replace(whole(kind, ROADS["forum"], title="word " * 60), title="word " * 60)
        component = replace(long.component, name="Word " * 30)
        assert "length" not in blocking(make_draft(ROADS["forum"], replace(long, component=component), None, around))


@trackers
def test_a_client_in_any_part_blocks(brief: Brief, forms: PatchForms, around: Surroundings, road: Road) -> None:
    for about in (
        replace(brief, title="Broken at Bolt"),
        replace(brief, steps=("Open https://www.acme.example/cart",)),
        replace(brief, environment=replace(brief.environment, theme="Acme Child 1.0")),
        replace(brief, environment=replace(brief.environment, others=(OtherComponent("Bolt Checkout", "1"),))),
        replace(brief, environment=replace(brief.environment, beside=(OtherComponent("Bolt Tweaks"),))),
    ):
        draft = make_draft(road, replace(about, kind="patch"), forms, around)
        is_listed = road.name != "github-pr" or about.environment.beside == brief.environment.beside
        assert list(blocking(draft)) == (["privacy"] if is_listed else [])


def test_a_client_in_the_patch_blocks(brief: Brief, forms: PatchForms, around: Surroundings) -> None:
    leaking = replace(forms, svn_diff=forms.svn_diff.replace(b"Logged-in", b"For Acme: logged-in"))
    draft = make_draft(ROADS["trac"], replace(brief, kind="patch"), leaking, around)
    assert list(blocking(draft)) == ["privacy"]


@pytest.mark.parametrize("road", ["email", "ticket", "security"])
def test_a_matter_of_security_asks_for_confidence_in_private(road: str, brief: Brief, forms, around) -> None:
    component = replace(brief.component, security_door="security@vendor.example")
    secret = replace(brief, kind="patch", security=True, component=component)
    draft = make_draft(ROADS[road], secret, forms, around)
    assert blocking(draft) == {}
    assert any(word in draft.body for word in ("treat it as confidential", "private report"))


# --- what goes on from what was written before ---------------------------------------------------------------------


@every_road
def test_asking_again_adds_something_new_or_blocks(road: Road, whole, around: Surroundings) -> None:
    told = make_draft(road, whole("follow-up", road), None, around)
    if road.name != "social":
        assert "5.9.5" in told.body
        silent = make_draft(road, whole("follow-up", road, news=()), None, around)
        assert blocking(silent) == {"blanks": "not filled in: what is new since 2026-11-06"}


@every_road
def test_each_step_of_the_ladder_says_something_else_and_demands_nothing(road: Road, whole, around) -> None:
    drafts = [make_draft(road, whole("follow-up", road, step=step), None, around) for step in (1, 2, 3)]
    bodies = [" ".join(draft.body.split()) for draft in drafts]
    assert [blocking(draft) for draft in drafts] == [{}, {}, {}]
    if road.name != "social":
        assert len(set(bodies)) == 3
        assert "rebase" in bodies[1]
        assert "still maintained" in bodies[2]
    for body in bodies:
        assert not any(word in body.lower() for word in ("urgent", "asap", "must", "unacceptable", "sorry", "deadline"))


@every_road
def test_closed_as_fixed_without_the_fix_is_said_politely(road: Road, whole, around: Surroundings) -> None:
    draft = make_draft(road, whole("follow-up", road, missing_in="5.9.6"), None, around)
    assert blocking(draft) == {}
    body = " ".join(draft.body.split())
    assert "Thank you for Tidy Forms 5.9.6" in body or "thank you for Tidy Forms 5.9.6" in body
    assert "missed the release?" in body
    if road.name != "social":
        assert "includes/rest.php" in body


@every_road
@pytest.mark.parametrize("asks", [*ASKS, None])
def test_an_answer_is_what_was_asked_for(road: Road, asks: str | None, whole, around: Surroundings) -> None:
    draft = make_draft(road, whole("reply", road, asks=asks), None, around)
    assert blocking(draft) == {}
    unknown = make_draft(road, whole("reply", road, asks=asks, answer=None, reworked=False), None, around)
    assert ("blanks" in blocking(unknown)) == (asks != "login")


@every_road
def test_a_login_is_never_given_and_a_clean_installation_is(road: Road, whole, around: Surroundings) -> None:
    body = " ".join(make_draft(road, whole("reply", road, asks="login"), None, around).body.split())
    assert "clean installation" in body
    assert "password" not in body.lower()
    if road.name != "social":
        assert ("in public" in body) == road.public
        assert "Log in as a customer." in body


@every_road
def test_thanks_are_short_and_ask_for_nothing(road: Road, whole, around: Surroundings) -> None:
    body = make_draft(road, whole("thanks", road), None, around).body
    assert "5.9.6" in body
    assert "Thank you" in body
    assert "?" not in body
    assert "please" not in body.lower()
    if road.markup not in ("mail", "social"):
        assert len(body.split()) < 40
    unknown = make_draft(road, whole("thanks", road, fixed_in=None), None, around)
    assert blocking(unknown) == {"blanks": "not filled in: the release with the fix"}


def test_adoption_names_what_was_tried_and_the_directorys_rule(whole, brief: Brief) -> None:
    for road in ROADS.values():
        about = whole("adoption", road)
        body = TEXTS.render(road, about).body
        rule = "plugins/wordpress-org/take-over-an-existing-plugin"
        if road.name not in ("chat", "social"):
            assert rule in body
            assert "the support forum on 2026-10-26" in body
        for component in (replace(brief.component, paid=True), replace(brief.component, kind="theme")):
            assert rule not in TEXTS.render(road, replace(about, component=component)).body


# --- short texts ---------------------------------------------------------------------------------------------------


@every_kind
def test_a_note_in_a_chat_is_short(kind: str, whole) -> None:
    for facts in ({}, {"step": 2}, {"step": 3}, {"missing_in": "5.9.6"}, {"asks": "log"}, {"asks": "changes"}):
        body = TEXTS.render(ROADS["chat"], whole(kind, ROADS["chat"], **facts)).body
        assert len(body.splitlines()) <= 10


@pytest.mark.parametrize(("kind", "network"), list(product(KINDS, NETWORKS)))
def test_a_post_fits_its_network_and_names_no_other_vendor(kind: str, network: str, whole, around) -> None:
    about = replace(whole(kind, ROADS["social"]), network=network)
    draft = make_draft(ROADS["social"], about, None, around)
    assert blocking(draft) == {}
    assert "WooCommerce" not in draft.body
    named = make_draft(ROADS["social"], replace(about, title="WooCommerce loses it", thread=None), None, around)
    if kind in ("bug", "patch"):
        assert "'WooCommerce' is somebody else's plugin" in blocking(named)["markup"]

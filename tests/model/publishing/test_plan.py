"""What is left out of the published folder, and what the developer is told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timezone

import pytest

from plugwatch.model.component import Component
from plugwatch.model.hold import Hold
from plugwatch.model.publishing.offers import BuildFacts, ForkFacts, PatchTold
from plugwatch.model.publishing.plan import Known, Wishes, offered, plan
from plugwatch.model.publishing.published import Current, Needs, Published

TIDY = Component("plugin", "tidy-forms")
PATCH = PatchTold("pw-aaaaaaaaaa", "Wait longer", "1.2.4")
CARRIED = ForkFacts(
    TIDY,
    (("1.2.4", "tree a"), ("1.3.0", "tree b")),
    "1.2.4",
    "tip",
    (PATCH.id,),
    (BuildFacts("1.2.4.0-p1", "1.2.4", "tree c", "tip", (PATCH.id,)),),
    (PATCH,),
)
LANDED = replace(CARRIED, stack="1.3.0", tip=None, carried=())
BEFORE = Published(current={TIDY: Current("build", "1.2.4.0-p1", "1.2.4", "x.zip", Needs("Tidy"), "1.2.4")})


def nothing_private(_component: Component, _texts: Sequence[str]) -> Sequence[str]:
    return ()


def known(paid: bool | None = False, **more: object) -> Known:
    plain: dict[str, object] = {"holds": {}, "names": {}, "fixed": {}, "secret": frozenset()}
    plain |= {"secret_incidents": frozenset(), "private": nothing_private}
    return Known(**(plain | more), paid=lambda _component: paid)  # type: ignore[arg-type]


def hold(versions: str, incident: str = "INC-1") -> Mapping[Component, list[Hold]]:
    now = datetime(2026, 5, 20, tzinfo=timezone.utc)
    return {TIDY: [Hold(incident, TIDY, versions, "it breaks", None, now, "kim")]}


def versions(facts: ForkFacts, before: Published, ledger: Known, *named: Component) -> list[tuple[str, str | None]]:
    made = plan([facts], before, ledger, Wishes(frozenset(named)))
    return [(row.state, row.version) for row in offered(made, before)]


@pytest.mark.parametrize(
    "reason",
    [
        {"paid": True},
        {"secret": frozenset({PATCH.id})},
        {"private": lambda _component, texts: ["client name 'Acme'"] if "Wait longer" in texts else []},
    ],
)
def test_what_is_not_for_everybody_is_left_out_until_it_is_named(reason: dict[str, object]) -> None:
    ledger = known(**reason)  # type: ignore[arg-type]
    left = plan([CARRIED], Published(), ledger, Wishes()).left_out
    assert [(one.component, one.kept) for one in left] == [(TIDY, None)]
    assert "name it to publish it" in left[0].why
    assert versions(CARRIED, Published(), ledger) == []
    assert versions(CARRIED, Published(), ledger, TIDY) == [("build", "1.2.4.0-p1")]
    newer = replace(CARRIED, builds=(replace(CARRIED.builds[0], version="1.2.4.0-p2"),))
    assert versions(newer, BEFORE, ledger) == [("build", "1.2.4.0-p1")]
    assert "1.2.4.0-p1, which was published before, stays" in str(plan([newer], BEFORE, ledger, Wishes()).left_out[0])


def test_who_got_a_build_of_something_sold_gets_back_to_the_vendor_without_being_named() -> None:
    (wanted,) = plan([LANDED], BEFORE, known(paid=True), Wishes()).wanted
    assert (wanted.offer.version, wanted.package) == ("1.3.0", False)
    assert versions(LANDED, Published(), known(paid=True)) == []  # nobody has our build from here
    (wanted,) = plan([LANDED], BEFORE, known(), Wishes()).wanted
    assert wanted.package


def test_nobody_is_told_that_something_is_free_when_nobody_has_said_so() -> None:
    assert "vendor set COMPONENT --paid" in plan([CARRIED], Published(), known(None), Wishes()).notes[0]
    assert plan([CARRIED], BEFORE, known(None), Wishes()).notes == ()
    assert plan([CARRIED], Published(), known(), Wishes()).notes == ()


def test_an_offer_that_went_down_is_told() -> None:
    higher = Published(current={TIDY: replace(BEFORE.current[TIDY], version="1.3.0.0-p1")})
    (note,) = plan([CARRIED], higher, known(), Wishes()).notes
    assert "no site goes back by itself" in note


def test_holds_of_others_and_of_security_are_kept_apart() -> None:
    ranges = ((">=", "1.2.4"),)
    assert plan([CARRIED], BEFORE, known(holds=hold(">=1.2.4")), Wishes()).held == {TIDY: (ranges,)}
    secret = known(holds=hold(">=1.2.4"), secret_incidents=frozenset({"INC-1"}))
    assert plan([CARRIED], BEFORE, secret, Wishes()).held == {}
    assert plan([CARRIED], BEFORE, secret, Wishes(frozenset({TIDY}))).held == {TIDY: (ranges,)}
    alone = plan([], Published(), known(holds=hold(">=1.2.4"), names={TIDY: "Tidy"}), Wishes())
    assert [(row.state, row.held) for row in offered(alone, Published())] == [("hold", (ranges,))]
    assert alone.names == {TIDY: "Tidy"}
    core = {Component("core", "wordpress"): hold("6.9")[TIDY]}
    assert plan([], Published(), known(holds=core), Wishes()).held == {}


def test_the_release_that_has_the_fix_is_not_held_any_more() -> None:
    fixed = {TIDY: {"INC-1": "1.3.0"}}
    aside = plan([LANDED], BEFORE, known(holds=hold(">=1.2.4"), fixed=fixed), Wishes())
    assert aside.held == {TIDY: ((((">=", "1.2.4"), ("<", "1.3.0"))),)}
    assert aside.notes == ()
    other = plan([LANDED], BEFORE, known(holds=hold(">=1.2.4", "INC-2"), fixed=fixed), Wishes())
    assert other.held == {TIDY: ((((">=", "1.2.4"),)),)}
    assert "1.3.0 has the patches and is held, so no site gets it" in other.notes[0]
    assert [one.package for one in other.wanted] == [False]


def test_what_wordpress_does_not_update_is_left_out() -> None:
    guard = replace(CARRIED, component=Component("mu-plugin", "guard.php"))
    (left,) = plan([guard], Published(), known(), Wishes()).left_out
    assert "fork deploy" in left.why


def test_two_that_differ_by_capitals_alone_do_not_share_a_folder() -> None:
    capitals = replace(CARRIED, component=Component("plugin", "Tidy-Forms"))
    theme = replace(CARRIED, component=Component("theme", "tidy-forms"))
    made = plan([capitals, CARRIED, theme], Published(), known(), Wishes(frozenset({TIDY})))
    assert [row.component.slug for row in offered(made, Published())] == ["Tidy-Forms", "tidy-forms"]
    assert [left.component for left in made.left_out] == [TIDY]
    later = plan([capitals, CARRIED], BEFORE, known(), Wishes())
    assert [left.component for left in later.left_out] == [capitals.component]
    assert "plugin/tidy-forms, which is there" in later.left_out[0].why


def test_a_fork_whose_builds_were_undone_keeps_what_was_published() -> None:
    gone = replace(CARRIED, builds=(replace(CARRIED.builds[0], base_version="1.3.0", stack="another"),))
    made = plan([gone], BEFORE, known(), Wishes())
    assert "1.2.4.0-p1 stays as published" in made.notes[0]
    assert versions(gone, BEFORE, known()) == [("build", "1.2.4.0-p1")]

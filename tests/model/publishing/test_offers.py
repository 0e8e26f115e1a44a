"""What is offered of a fork: never less than sites were promised, never our build once the vendor has the fix."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timezone

from hypothesis import given
from hypothesis import strategies as st

from plugwatch.model.component import Component
from plugwatch.model.fork import release_order
from plugwatch.model.hold import Hold
from plugwatch.model.publishing.offers import (
    BUILD,
    STOCK,
    BuildFacts,
    ForkFacts,
    PatchTold,
    build_order,
    choose_offer,
    held_ranges,
    vendor_version,
)
from plugwatch.model.version import build_version, compare

TIDY = Component("plugin", "tidy-forms")
VERSIONS = ("1.2", "1.2.3", "1.2.4", "1.2.10", "1.2.10+r2", "1.3.0-RC1", "1.3.0")


def build(base: str, number: int, stack: str) -> BuildFacts:
    version = build_version(vendor_version(base), number)
    return BuildFacts(version, base, f"tree of {version}", stack, ("pw-aaaaaaaaaa",))


def facts(stack: str | None, carried: tuple[str, ...], *builds: BuildFacts) -> ForkFacts:
    told = (PatchTold("pw-aaaaaaaaaa", "Wait longer", "1.2"),)
    releases = tuple((version, f"tree of {version}") for version in VERSIONS)
    return ForkFacts(TIDY, releases, stack, f"tip of {stack}", carried, builds, told)


@st.composite
def forks(draw: st.DrawFn) -> ForkFacts:
    """Any fork: a stack on any release or none, patches or none, builds of this and of other stacks."""
    made = draw(st.lists(st.tuples(st.sampled_from(VERSIONS), st.booleans()), max_size=6))
    builds = [
        build(base, number, f"tip of {base}" if current else f"old tip {number} of {base}")
        for number, (base, current) in enumerate(made, 1)
    ]
    stack = draw(st.none() | st.sampled_from(VERSIONS))
    carried = draw(st.sampled_from([(), ("pw-aaaaaaaaaa",), ("pw-aaaaaaaaaa", "pw-bbbbbbbbbb")])) if stack else ()
    return facts(stack, carried, *builds)


@given(forks())
def test_the_newest_stack_decides(fork: ForkFacts) -> None:
    offer = choose_offer(fork)
    of_this_stack = [one for one in fork.builds if one.stack == fork.tip]
    if not fork.builds or fork.stack is None:
        assert offer is None
    elif not fork.carried:  # all fixes are in the release: never again a build of ours
        assert offer is not None
        assert (offer.state, offer.base_version, offer.tree) == (STOCK, fork.stack, f"tree of {fork.stack}")
        assert offer.note is None
    elif of_this_stack:
        assert offer is not None
        best = max(of_this_stack, key=build_order)
        assert (offer.state, offer.version, offer.tree, offer.note) == (BUILD, best.version, best.tree, None)
    elif offer is not None:  # not built yet: what was built before stays, and somebody is told
        assert offer.version in {one.version for one in fork.builds}
        assert f"fork build {TIDY}" in str(offer.note)
        assert release_order(offer.base_version) <= release_order(fork.stack)
    else:
        assert all(release_order(one.base_version) > release_order(fork.stack) for one in fork.builds)


@given(forks())
def test_an_offer_does_not_hang_on_the_order_of_the_builds(fork: ForkFacts) -> None:
    assert choose_offer(fork) == choose_offer(replace(fork, builds=fork.builds[::-1]))


@given(forks(), st.sampled_from(VERSIONS))
def test_one_more_build_never_makes_the_offer_lower(fork: ForkFacts, base: str) -> None:
    before = choose_offer(fork)
    after = choose_offer(replace(fork, builds=(*fork.builds, build(base, 50, f"tip of {base}"))))
    is_current = base == fork.stack
    if before and after and before.state == BUILD and not is_current:
        assert compare(after.version, before.version) >= 0
    if is_current and fork.carried:
        assert after is not None
        assert after.version == build_version(vendor_version(base), 50)


def test_a_release_that_came_twice_is_offered_under_the_vendors_version() -> None:
    offer = choose_offer(facts("1.2.10+r2", (), build("1.2.4", 1, "x")))
    assert offer is not None
    assert (offer.version, offer.base_version) == ("1.2.10", "1.2.10+r2")
    assert vendor_version("2.0+beta") == "2.0+beta"


def test_a_patch_that_no_stack_has_any_more_is_told_without_a_title() -> None:
    made = replace(build("1.2.4", 1, "x"), patches=("pw-aaaaaaaaaa", "pw-gone"))
    offer = choose_offer(facts("1.2.4", ("pw-bbbbbbbbbb",), made))
    assert offer is not None
    assert offer.patches == (PatchTold("pw-aaaaaaaaaa", "Wait longer", "1.2"), PatchTold("pw-gone", None, "1.2.4"))


def test_must_use_plugins_are_never_offered() -> None:
    fork = facts("1.2.4", ("pw-aaaaaaaaaa",), build("1.2.4", 1, "tip of 1.2.4"))
    assert choose_offer(replace(fork, component=Component("mu-plugin", "guard.php"))) is None


def hold(versions: str, incident: str = "INC-1") -> Hold:
    now = datetime(2026, 5, 20, tzinfo=timezone.utc)
    return Hold(incident, TIDY, versions, "Acme's form is broken", None, now, "kim")


def test_holds_are_told_as_ranges_and_nothing_else() -> None:
    held = held_ranges([hold(">=1.2.4, <1.3"), hold("1.1"), hold(">=1.2.4,<1.3", "INC-2")])
    assert held == ((("=", "1.1"),), ((">=", "1.2.4"), ("<", "1.3")))


def test_a_hold_ends_where_the_vendor_has_the_fix() -> None:
    fixed = {"INC-1": "1.3.0"}
    assert held_ranges([hold(">=1.2.4")], fixed) == (((">=", "1.2.4"), ("<", "1.3.0")),)
    assert held_ranges([hold(">=1.2.4", "INC-2")], fixed) == (((">=", "1.2.4"),),)
    assert held_ranges([hold(">=1.2.4,<1.2.9")], fixed) == (((">=", "1.2.4"), ("<", "1.2.9")),)

"""Stances and acceptances are kept, never overwritten; sites and submissions are counted right."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta, timezone

import pytest

from plugwatch.model.component import Component
from plugwatch.model.inventory import Installed, Inventory, diff
from plugwatch.model.operation import Operation
from plugwatch.model.patches.lint import Claim
from plugwatch.model.patches.stance import Acceptance, Stance
from plugwatch.model.roads.submitted import Post, Submission
from plugwatch.model.site import Site

NOW = datetime(2026, 5, 20, 12, 0, tzinfo=timezone.utc)
TIDY, OTHER = Component("plugin", "tidy-forms"), Component("plugin", "other")
STANCE = Stance("pw-abcdefghij", "wait", "100 % \u201csure\u201d", date(2026, 12, 1), NOW, "kim")
YES = Acceptance("pw-abcdefghij", TIDY, "2.0", True, "landed-variant", "looked at it", NOW, "kim")


@pytest.fixture
def work(ledger):
    with ledger.unit_of_work() as work:
        yield work


def test_stances_are_kept_in_their_order(work):
    later = replace(STANCE, stance="send", reason="now", review_by=None, at=NOW + timedelta(days=1), actor="dana")
    other = replace(STANCE, patch="pw-bbbbbbbbbb")
    for stance in (STANCE, other, later):
        work.patches.add_stance(stance)
    assert work.patches.stances() == {"pw-abcdefghij": [STANCE, later], "pw-bbbbbbbbbb": [other]}


def test_acceptances_belong_to_a_component(work):
    back = replace(YES, stands=False, reason="", actor="dana")
    elsewhere = replace(YES, component=OTHER)
    for acceptance in (YES, elsewhere, back):
        work.patches.add_acceptance(acceptance)
    assert work.patches.acceptances(TIDY) == [YES, back]
    assert work.patches.acceptances(OTHER) == [elsewhere]
    assert work.patches.acceptances(Component("plugin", "nobody-knows")) == []


def test_submissions_are_told_by_patch(work):
    text = Post("p", "patch", "sent", "t", "b", NOW, "kim")
    draft = Submission(1, None, "pw-abcdefghij", TIDY, "trac", "sent", (text,), NOW, "kim")
    work.submissions.add(draft, None)
    other, filled_in = replace(text, id="q"), replace(text, id="r", url="https://trac.example/1")
    work.submissions.add(replace(draft, number=2, patch=None, posts=(other,)), None)
    work.submissions.add(replace(draft, number=10, status="draft", posts=(filled_in,)), None)
    assert work.patches.claims() == {
        "pw-abcdefghij": [
            Claim("SUB-1", "trac", "sent"),
            Claim("SUB-10", "trac", "draft", "https://trac.example/1"),
        ]
    }


def _import(work, component: Component) -> None:
    """A release of a fork in the index."""
    row = {"version": "1.0", "commit": "c" * 40, "tree": "a" * 40, "files": 1, "source": "x", "sha256": None}
    at = NOW.isoformat()
    work.forks.apply(Operation(f"OP-{component}", str(component), "fork import", "kim", at, (), {"releases": [row]}))


def _put(work, slug: str, plugins: dict[str, str], *, day: int = 0) -> None:
    """What a site has, as its list says."""
    at = NOW + timedelta(days=day)
    site = work.sites.get(slug) if day else work.sites.add(Site(slug, "acme"), at=at)
    components = tuple(Installed("plugin", name, None, version, "active") for name, version in plugins.items())
    listed = Inventory("wpcli-json", components, complete_kinds=frozenset({"plugin"}))
    changes = diff(work.installations.current(site.id), listed, partial=False)
    work.installations.apply_changes(site.id, listed, changes, at=at)


def test_sites_are_counted_by_build_for_what_is_forked(work):
    for component in (TIDY, OTHER):
        _import(work, component)
    _put(work, "one", {"tidy-forms": "1.0.0.0-p1", "not-forked": "1"})
    _put(work, "two", {"tidy-forms": "1.0.0.0-p1"})
    _put(work, "three", {"tidy-forms": "1.0", "other": "3"})
    assert work.patches.installed() == {TIDY: {"1.0.0.0-p1": 2, None: 1}, OTHER: {None: 1}}
    assert work.patches.was_installed() == set()
    _put(work, "three", {"tidy-forms": "1.0"}, day=1)
    _put(work, "two", {"tidy-forms": "1.1"}, day=1)
    assert work.patches.installed() == {TIDY: {"1.0.0.0-p1": 1, None: 2}}
    assert work.patches.was_installed() == {TIDY, OTHER}

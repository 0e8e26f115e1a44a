"""What is kept of builds on sites, on both engines."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone

from plugwatch.ledger.ids import new_id
from plugwatch.model.client import Client
from plugwatch.model.component import Component
from plugwatch.model.deployments.deployment import Deployment
from plugwatch.model.evidence.evidence import Difference, Evidence, PatchSeen
from plugwatch.model.security.marks import SecurityMark
from plugwatch.model.site import Site

FORMS = Component("plugin", "tidy-forms")
NOW = datetime(2026, 11, 2, 9, 0, tzinfo=timezone.utc)
SEEN = Evidence(
    FORMS,
    "fern",
    "tampered",
    "verified",
    "1.2.3.0-p1",
    "one file is neither ours nor the vendor's",
    "the site's files",
    build="1.2.3.0-p1",
    release="1.2.3",
    patches=(PatchSeen("pw-aaaaaaaaaa", "Keep the address", "changed"),),
    differences=(Difference("a.php", "different", "neither ours nor the vendor's"),),
    total=1,
)


def prepare(work):
    work.clients.add(Client("fern", "Fern Hill"), at=NOW)
    work.sites.add(Site("fern", "fern"), at=NOW)


def test_the_newest_look_at_a_component_on_a_site_counts(ledger):
    with ledger.unit_of_work() as work:
        prepare(work)
        work.evidence.add(replace(SEEN, state="patched", differences=(), total=0), at=NOW, actor="ana")
        work.evidence.add(SEEN, at=NOW + timedelta(hours=1), actor="ben")
    with ledger.reading() as work:
        found = work.evidence.newest()
        assert found == {("fern", FORMS): replace(SEEN, at=NOW + timedelta(hours=1), actor="ben")}
        assert work.evidence.newest(FORMS) == found
        assert work.evidence.newest(Component("theme", "none")) == {}


def test_a_deployment_is_open_until_it_or_a_later_one_has_ended_well(ledger):
    first = Deployment(new_id(), "run", FORMS, "fern", "build", "1.2.3.0-p1", "ana", NOW)
    second = Deployment(new_id(), "run", FORMS, "fern", "back", "1.2.3", "ana", NOW + timedelta(minutes=5))
    with ledger.unit_of_work() as work:
        prepare(work)
        work.deployments.add(first)
        work.deployments.add(second)
        assert [one.id for one in work.deployments.open()] == [first.id, second.id]
        ended = replace(second, state="done", finished_at=NOW + timedelta(minutes=6), note="put back", snapshot="x.zip")
        work.deployments.change(ended)
    with ledger.reading() as work:
        assert work.deployments.all(FORMS) == [first, ended]
        assert work.deployments.open() == []


def test_a_mark_keeps_the_time_of_its_first_sight_and_the_newest_words(ledger):
    mark = SecurityMark(FORMS, "feed", "CVE-2026-1", "Stored XSS", "<=1.2.3", None, "https://feed.example/1", "© feed")
    with ledger.unit_of_work() as work:
        work.security.keep(mark, at=NOW)
        work.security.keep(replace(mark, fixed_in="1.2.4"), at=NOW + timedelta(days=1))
        assert work.security.all() == {FORMS: [replace(mark, fixed_in="1.2.4", seen_at=NOW)]}
        work.security.remove(mark)
        assert work.security.all() == {}

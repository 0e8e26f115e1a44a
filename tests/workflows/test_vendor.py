from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest
from peers.wordpress_org import DOWN, WordPressOrgServer

from plugwatch.errors import ForkError, NotFoundError, UnknownError
from plugwatch.model.component import CORE, Component
from plugwatch.model.inventory import Installed, Inventory
from plugwatch.model.patches.package_support import PackageSupport
from plugwatch.model.roads.routing import advise
from plugwatch.model.roads.submitted import Post, Submission
from plugwatch.model.roads.watch import Remark
from plugwatch.model.site import Site
from plugwatch.model.vendors.facts import Asked, RepositoryFacts
from plugwatch.model.vendors.hints import ReleaseHints
from plugwatch.model.vendors.telling import Telling
from plugwatch.model.vendors.told import NOTHING_TOLD
from plugwatch.upstream.wordpress_org import WordPressOrg
from plugwatch.workflows.inventories import ListOrigin, import_list
from plugwatch.workflows.vendor import Outside, Places, failed, gather, known_vendor

NOW = datetime(2026, 11, 21, 10, 0, tzinfo=timezone.utc)
TIDY = Component("plugin", "tidy-forms")
CODE = "tidy-works/tidy-forms"
PLACES = Places("https://forum.example", "https://trac.example", "https://core.example")
LIVELY = RepositoryFacts(CODE, archived=False, issues=True, pushed_at=NOW)


class Asker:
    """A source that counts how often it was asked; it answers, or raises."""

    def __init__(self, answer):
        self.answer, self.asked = answer, []

    def __call__(self, *args):
        self.asked.append(args)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@pytest.fixture
def server():
    with WordPressOrgServer() as running:
        running.add_plugin("tidy-forms", versions=["1.9", "1.10"], repository_url=f"https://github.com/{CODE}")
        yield running


@pytest.fixture
def directory(server):
    return WordPressOrg(server.url, server.url, pause=0)


@pytest.fixture
def known(ledger):
    """A ledger with a site that runs Tidy Forms."""
    with ledger.unit_of_work() as work:
        site = work.sites.add(Site("shop", "acme"), at=NOW)
        rows = (Installed("plugin", "tidy-forms", "Tidy Forms", "1.9", "active"),)
        import_list(work, site, Inventory("csv", rows, "6.9.1"), ListOrigin("x", NOW, NOW, "dana"))
    return ledger


def _gather(ledger, *, now=NOW, component=TIDY, release=None, refresh=False, **outside):
    def read():
        if isinstance(release, Exception):
            raise release
        return release

    return gather(ledger, component, Outside(**outside), read, PLACES, now, refresh=refresh)


def test_everything_that_is_known_comes_together(known, directory):
    repository, package = Asker(LIVELY), Asker(PackageSupport("the package x/y", email="help@tidy.example"))
    facts = _gather(known, directory=directory, repository=repository, package=package, release=ReleaseHints("1.9"))

    assert (facts.component, facts.at, facts.versions) == (TIDY, NOW, ("1.9",))
    assert (facts.entry.version, facts.release.version) == ("1.10", "1.9")
    assert (facts.repository.name, facts.repository.asked_as) == (CODE, CODE)
    assert repository.asked == [(CODE,)]
    assert facts.sources == (
        Asked("WordPress.org", NOW),
        Asked("the Composer repository", NOW),
        Asked(f"GitHub, {CODE}", NOW),
    )
    assert not failed(facts)
    assert (facts.forum_url, facts.trac_url, facts.core_trac_url) == (
        "https://forum.example",
        "https://trac.example",
        "https://core.example",
    )
    assert advise(facts).recommended == "github-pr"


def test_outside_is_asked_once_a_week_and_when_somebody_wants_it(known, directory, server):
    repository, package = Asker(LIVELY), Asker(PackageSupport("p", email="help@tidy.example"))
    outside = {"directory": directory, "repository": repository, "package": package}
    first = _gather(known, **outside)
    again = _gather(known, now=NOW + timedelta(days=6), **outside)
    assert (len(server.requests), len(repository.asked), len(package.asked)) == (1, 1, 1)
    assert (again.entry, again.repository, again.package) == (first.entry, first.repository, first.package)
    assert again.sources == first.sources

    _gather(known, now=NOW + timedelta(days=6), refresh=True, **outside)
    assert (len(server.requests), len(repository.asked), len(package.asked)) == (2, 2, 2)
    _gather(known, now=NOW + timedelta(days=14), **outside)
    assert (len(server.requests), len(repository.asked), len(package.asked)) == (3, 3, 3)


def test_offline_nobody_is_asked_and_what_is_known_stays(known, directory, server):
    _gather(known, directory=directory, repository=Asker(LIVELY))
    facts = _gather(known, now=NOW + timedelta(days=30))
    assert (facts.entry.version, facts.repository.name) == ("1.10", CODE)
    assert facts.sources == (Asked("WordPress.org", NOW), Asked(f"GitHub, {CODE}", NOW))
    assert len(server.requests) == 1
    assert not failed(facts)


def test_offline_nothing_is_known_of_what_was_never_asked(known):
    facts = _gather(known)
    assert (facts.entry, facts.repository, facts.sources) == (None, None, (Asked("WordPress.org"),))
    assert advise(facts).row("forum").verdict == "unknown"


def test_a_source_that_does_not_answer_is_told_beside_what_is_known(known, directory, server):
    _gather(known, directory=directory, repository=Asker(LIVELY))
    server.go_wrong(DOWN, times=20)
    down = Asker(UnknownError("GitHub does not answer; try again later"))
    facts = _gather(known, directory=directory, repository=down, refresh=True, now=NOW + timedelta(days=1))

    assert (facts.entry.version, facts.repository.name) == ("1.10", CODE)
    wordpress, github = facts.sources
    assert (wordpress.source, wordpress.at, github.at) == ("WordPress.org", NOW, NOW)
    assert "plugin/tidy-forms" in wordpress.error
    assert github.error == "GitHub does not answer; try again later"
    assert failed(facts)


def test_a_repository_that_is_gone_is_known_to_be(known, directory):
    asker = Asker(NotFoundError("there is none"))
    facts = _gather(known, directory=directory, repository=asker)
    assert facts.repository == RepositoryFacts(CODE, asked_as=CODE, gone=True)
    assert not failed(facts)
    assert _gather(known, directory=directory, repository=asker).repository.gone
    assert len(asker.asked) == 1


def test_what_was_said_of_another_repository_is_not_taken_for_it(known, directory):
    _gather(known, directory=directory, repository=Asker(replace(LIVELY, archived=True)))
    with known.unit_of_work() as work:
        telling = Telling(NOTHING_TOLD, NOW, "dana")
        telling.repository("own/forms")
        work.vendors.tell(TIDY, telling.told())
    facts = _gather(known)
    assert (facts.repository, facts.sources[-1]) == (None, Asked("GitHub, own/forms"))
    repository = Asker(RepositoryFacts("own/forms", archived=False))
    assert _gather(known, repository=repository).repository.name == "own/forms"


def test_a_renamed_repository_is_not_asked_for_again(known, directory):
    repository = Asker(replace(LIVELY, name="tidy/forms"))
    for _time in range(2):
        assert _gather(known, directory=directory, repository=repository).repository.name == "tidy/forms"
    assert repository.asked == [(CODE,)]


def test_a_damaged_fork_is_a_source_that_failed(known):
    facts = _gather(known, release=ForkError("tidy-forms.git is damaged"))
    assert facts.release is None
    assert Asked("the newest release", None, "tidy-forms.git is damaged") in facts.sources
    assert failed(facts)


@pytest.mark.parametrize("component", [CORE, Component("theme", "twentytwentyfive")])
def test_wordpress_is_asked_of_nobody(known, directory, server, component):
    repository = Asker(LIVELY)
    facts = _gather(known, component=component, directory=directory, repository=repository)
    assert (facts.sources, server.requests, repository.asked) == ((), [], [])


def test_a_slug_that_the_directory_cannot_have_needs_no_asking(known, directory, server):
    facts = _gather(known, component=Component("plugin", "LayerSlider"), directory=directory)
    assert (facts.entry.state, server.requests) == ("unknown", [])


def test_a_draft_knows_without_asking_what_was_found_out(known, directory):
    with known.reading() as work:
        assert known_vendor(work, TIDY, NOW).repository is None
    _gather(known, directory=directory, repository=Asker(replace(LIVELY, name="tidy/forms")))
    with known.unit_of_work() as work:
        telling = Telling(work.vendors.told(TIDY), NOW, "dana")
        telling.address("email", "help@tidy.example")
        work.vendors.tell(TIDY, telling.told())
    with known.reading() as work:
        vendor = known_vendor(work, TIDY, NOW, ReleaseHints("1.9", home_url="https://tidy.example"))
    assert (vendor.repository, vendor.vendor_email, vendor.paid) == ("tidy/forms", "help@tidy.example", False)
    assert vendor.vendor_url == "https://tidy.example"


def _sent(number, channel, *, days_ago, answered=False):
    """A submission that left us, and perhaps a person's answer the day after."""
    at = NOW - timedelta(days=days_ago)
    post = Post(f"post-{number}", "bug", "sent", "t", "b", at, "dana", mail_id=f"<{number}@x.example>", sent_at=at)
    submission = Submission(number, None, None, TIDY, channel, "sent", (post,), at, "dana")
    remark = Remark(f"r-{number}", at + timedelta(days=1), "Ann", "comment", "Thanks!", human=True)
    return submission, [remark] if answered else []


def test_who_answered_us_before_decides(known, directory):
    with known.unit_of_work() as work:
        for number, (channel, answered) in enumerate([("github-pr", False), ("forum", True)], start=1):
            submission, remarks = _sent(number, channel, days_ago=60, answered=answered)
            work.submissions.add(submission, None)
            work.submissions.add_remarks(submission, remarks, now=NOW)
    facts = _gather(known, directory=directory, repository=Asker(LIVELY))
    advice = advise(facts)
    assert advice.recommended == "forum"
    assert "1 of 1 answered, median a day, by Ann" in advice.why
    assert (facts.history["forum"].answered, facts.history["github-pr"].answered) == (1, 0)

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugwatch.model.component import CORE, PHP, Component
from plugwatch.model.directory import DirectoryEntry
from plugwatch.model.patches.package_support import PackageSupport
from plugwatch.model.vendors.facts import RepositoryFacts, VendorFacts
from plugwatch.model.vendors.hints import NO_PULLS, ReleaseHints, Saying
from plugwatch.model.vendors.known_vendor import KnownVendor, known_from
from plugwatch.model.vendors.project import ContactLink, Project, TextFile
from plugwatch.model.vendors.told import NEVER, PREFERRED, Choice, Told, Way

NOW = datetime(2026, 11, 21, 10, 0, tzinfo=timezone.utc)
TIDY = Component("plugin", "tidy-forms")
CODE = "tidy-works/tidy-forms"
LISTED = DirectoryEntry(
    "plugin", "tidy-forms", "open", version="1.2.4", versions=("1.2.4",), repository_url=f"https://github.com/{CODE}"
)


def _way(road, address=None, prefer=0):
    return Way(road, address, prefer, None, NOW, "dana")


def test_a_draft_gets_what_the_facts_say():
    package = PackageSupport("composer.json", email="help@tidy.example", issues="https://bugs.tidy.example")
    release = ReleaseHints("1.2.4", home_url="https://tidy.example/forms", packages=(package,))
    known = known_from(VendorFacts(TIDY, NOW, entry=LISTED, release=release))
    assert (known.vendor_url, known.vendor_email) == ("https://tidy.example/forms", "help@tidy.example")
    assert (known.repository, known.issues, known.support_url) == (CODE, CODE, "https://bugs.tidy.example")
    assert (known.paid, known.trac_url) == (False, None)
    assert [door.door for door in known.doors] == ["github", "vendor", "patchstack", "wordfence", "directory"]


def test_what_persons_said_goes_first():
    ways = [
        _way("github-pr", "own/code"),
        _way("github-issue", "own/bugs", PREFERRED),
        _way("email", "ann@tidy.example"),
        _way("ticket", "desk@tidy.example"),
        _way("trac", "https://trac.tidy.example"),
        _way("chat", "tidy"),
        _way("social", "x:@tidy"),
        _way("security", "s@tidy.example"),
        _way("forum", None, NEVER),
    ]
    said = {"paid": "yes", "patch-as": "inline", "labels": "bug,api", "note": "small team"}
    told = Told({way.road: way for way in ways}, {name: Choice(value, NOW, "dana") for name, value in said.items()})
    known = known_from(VendorFacts(TIDY, NOW, told=told, entry=LISTED))
    assert known == KnownVendor(
        vendor_url="https://wordpress.org/plugins/tidy-forms/",
        vendor_email="ann@tidy.example",
        repository="own/code",
        issues="own/bugs",
        support_url="desk@tidy.example",
        trac_url="https://trac.tidy.example",
        chat="tidy",
        social="x:@tidy",
        paid=True,
        doors=known.doors,
        preferred="github-issue",
        never=("forum",),
        patch_as="inline",
        labels=("bug", "api"),
        note="small team",
    )
    assert known.doors[0].address == "s@tidy.example"


def test_nothing_is_made_up():
    known = known_from(VendorFacts(TIDY, NOW))
    assert replace(known, doors=()) == KnownVendor()


def test_a_renamed_repository_is_known_by_its_new_name():
    kept = RepositoryFacts("tidy/forms", asked_as=CODE)
    assert known_from(VendorFacts(TIDY, NOW, entry=LISTED, repository=kept)).repository == "tidy/forms"


def test_wordpress_and_php_are_known_without_asking():
    wordpress, php = (known_from(VendorFacts(component, NOW)) for component in (CORE, PHP))
    assert (wordpress.repository, wordpress.issues) == ("WordPress/wordpress-develop", None)
    assert wordpress.trac_url == "https://core.trac.wordpress.org"
    assert (php.repository, php.issues, php.trac_url, php.paid) == ("php/php-src", "php/php-src", None, False)
    forms = ["https://github.com/php/php-src/security/advisories/new", "security@php.net"]
    assert [door.address for door in php.doors] == forms


def test_what_matters_of_a_project_is_taken_over_and_comes_back_from_a_document():
    project = Project(
        name="tidy/forms",
        asked=CODE,
        url="https://github.com/tidy/forms",
        default_branch="main",
        archived=True,
        has_issues=False,
        parent="elm/forms",
        pushed_at=NOW,
        allows_forks=True,
        pull_templates=(TextFile("a.md", "x"),),
        issue_forms=(),
        contact_links=(ContactLink("Help", "https://tidy.example/help"),),
        security=(TextFile("SECURITY.md", "Write to s@tidy.example."),),
        contributing=(TextFile("CONTRIBUTING.md", "Do not open pull requests."),),
    )
    facts = RepositoryFacts.from_project(project, TextFile("README.md", "Forms."))
    assert facts == RepositoryFacts(
        "tidy/forms",
        asked_as=CODE,
        archived=True,
        disabled=False,
        issues=False,
        forks=True,
        fork_of="elm/forms",
        pushed_at=NOW,
        pull_template=True,
        issue_forms=False,
        policy="Write to s@tidy.example.",
        sayings=(Saying(NO_PULLS, "CONTRIBUTING.md", "Do not open pull requests."),),
        links=("https://tidy.example/help",),
    )
    assert RepositoryFacts.from_document(json.loads(json.dumps(facts.to_document()))) == facts


def test_what_could_not_be_looked_at_stays_unknown():
    facts = RepositoryFacts.from_project(Project(CODE, CODE, "", "main"))
    assert (facts.pull_template, facts.issue_forms, facts.policy, facts.fork_of) == (None, None, None, None)


@pytest.mark.parametrize("document", [None, [], {}, {"name": 7}, {"name": "no repository"}, {"name": "../x"}])
def test_what_was_not_kept_by_us_is_asked_for_again(document):
    assert RepositoryFacts.from_document(document) is None


@given(
    st.dictionaries(
        st.sampled_from([*RepositoryFacts("a/b").to_document()]),
        st.none() | st.integers() | st.text() | st.lists(st.text()),
    )
)
def test_no_kept_document_is_too_strange(document):
    facts = RepositoryFacts.from_document(document | {"name": "a/b"})
    assert RepositoryFacts.from_document(facts.to_document()) == facts

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugwatch.model.component import CORE, PHP, Component
from plugwatch.model.directory import DirectoryEntry
from plugwatch.model.patches.package_support import PackageSupport
from plugwatch.model.readme import Readme
from plugwatch.model.roads.road import ROADS
from plugwatch.model.roads.routing import VERDICTS, RoadHistory, advise, say_history
from plugwatch.model.vendors.facts import RepositoryFacts, VendorFacts
from plugwatch.model.vendors.hints import MIRROR, NO_ISSUES, NO_PULLS, ReleaseHints, Saying
from plugwatch.model.vendors.told import NEVER, PREFERRED, Choice, Told, Way

NOW = datetime(2026, 11, 21, 10, 0, tzinfo=timezone.utc)
TIDY = Component("plugin", "tidy-forms")
CODE = "tidy-works/tidy-forms"
LISTED = DirectoryEntry("plugin", "tidy-forms", "open", name="Tidy Forms", version="1.2.4", versions=("1.2.3", "1.2.4"))
ON_GITHUB = replace(LISTED, business_model="community", repository_url=f"https://github.com/{CODE}")
LIVELY = RepositoryFacts(CODE, archived=False, issues=True, pushed_at=NOW - timedelta(days=3), policy="")
GONE = replace(LISTED, state="unknown", version=None, versions=())


def _facts(**known):
    return VendorFacts(known.pop("component", TIDY), NOW, **{"entry": LISTED, **known})


def _told(road, address=None, prefer=0, note=None):
    return Told({road: Way(road, address, prefer, note, NOW, "dana")})


def _verdicts(facts, **matter):
    return {row.road: row.verdict for row in advise(facts, **matter).roads}


def test_a_community_plugin_on_github_takes_a_pull_request():
    advice = advise(_facts(entry=ON_GITHUB, repository=replace(LIVELY, pull_template=True)))

    assert advice.recommended == "github-pr"
    assert advice.why == (
        f"{CODE}: WordPress.org names it, as a plugin of a community",
        "worked on until 2026-11-18",
        "it has a template for pull requests",
    )
    assert {row.road: row.verdict for row in advice.roads} == {
        "github-pr": "best",
        "github-issue": "good",
        "trac": "possible",
        "forum": "good",
        "email": "unknown",
        "ticket": "unknown",
        "chat": "unknown",
        "social": "unknown",
        "security": "possible",
    }
    assert advice.row("github-issue").address == CODE


def test_without_a_patch_it_takes_an_issue():
    advice = advise(_facts(entry=ON_GITHUB, repository=LIVELY), patch=False)
    assert (advice.recommended, advice.row("github-pr").why_not) == ("github-issue", ("there is no patch to offer",))


def test_every_road_says_why_or_why_not():
    for facts in (_facts(), _facts(entry=None), _facts(entry=ON_GITHUB, repository=LIVELY), _facts(component=PHP)):
        assert [row.road for row in advise(facts).roads] == list(ROADS)
        assert all(row.why or row.why_not for row in advise(facts).roads)


def test_a_free_plugin_without_a_repository_goes_to_its_forum():
    entry = replace(LISTED, support_threads=40, support_threads_resolved=30)
    advice = advise(_facts(entry=entry))
    assert advice.recommended == "forum"
    assert advice.row("forum").address == "https://wordpress.org/support/plugin/tidy-forms/"
    assert "30 of 40 topics of the last two months are resolved" in advice.why


def test_a_forum_in_which_nobody_answers_is_doubted():
    entry = replace(LISTED, support_threads=40, support_threads_resolved=3)
    advice = advise(_facts(entry=entry, told=_told("email", "help@tidy.example")))
    assert (advice.recommended, advice.row("forum").verdict) == ("email", "possible")
    assert "only 3 of 40 topics of the last two months are resolved" in advice.row("forum").why_not


def test_a_quiet_forum_is_no_bad_one():
    assert _verdicts(_facts(entry=replace(LISTED, support_threads=2, support_threads_resolved=0)))["forum"] == "best"
    quiet = advise(_facts(entry=replace(LISTED, support_threads=0))).row("forum")
    assert (quiet.verdict, quiet.why_not) == ("best", ("nobody has asked anything there for two months",))


def test_what_is_sold_never_goes_to_the_forum():
    signs = ReleaseHints("3.1", sold_by=("ships Freemius", "asks for a licence key or a purchase code"))
    facts = _facts(entry=GONE, release=signs, told=_told("ticket", "https://tidy.example/help"))
    advice = advise(facts)
    assert (advice.paid, advice.recommended) == (True, "ticket")
    assert advice.row("ticket").address == "https://tidy.example/help"
    (reason,) = advice.row("forum").why_not
    assert reason.endswith("takes no topics about paid plugins and themes (wordpress.org/support/guidelines)")
    assert (advice.row("forum").verdict, advice.row("trac").verdict) == ("closed", "closed")
    wished = Told({**facts.told.ways, "forum": Way("forum", None, PREFERRED, None, NOW, "dana")})
    assert advise(replace(facts, told=wished)).recommended == "ticket"


def test_what_is_free_in_the_directory_is_free_whatever_it_ships():
    entry = replace(LISTED, business_model="commercial", commercial_support_url="https://tidy.example/help")
    advice = advise(_facts(entry=entry, release=ReleaseHints("1.2.4", sold_by=("ships Freemius",))))
    assert (advice.paid, advice.recommended) == (False, "forum")
    assert (advice.row("ticket").verdict, advice.row("ticket").address) == ("good", "https://tidy.example/help")
    assert "it is for those who pay, so it may ask for a licence" in advice.row("ticket").why_not


@pytest.mark.parametrize(
    ("known", "paid"),
    [
        ({"entry": None, "release": ReleaseHints("1", sold_by=("ships Freemius",))}, None),
        ({"entry": GONE}, None),
        ({"entry": GONE, "release": ReleaseHints("1")}, None),
        ({"entry": LISTED, "versions": ("1.2.3",)}, False),
        ({"entry": LISTED, "versions": ("9.0",), "release": ReleaseHints("9.0", sold_by=("ships Freemius",))}, True),
        ({"release": ReleaseHints("1.2.4", update_uri="https://u.example/x", sold_by=("ships Freemius",))}, True),
        ({"told": Told(choices={"paid": Choice("yes", NOW, "dana")})}, True),
        ({"entry": GONE, "told": Told(choices={"paid": Choice("no", NOW, "dana")})}, False),
        ({"component": CORE, "entry": None}, False),
    ],
)
def test_whether_it_is_sold_is_told_only_where_it_can_be(known, paid):
    advice = advise(_facts(**known))
    assert advice.paid is paid
    assert advice.paid_why


def test_a_closed_plugin_has_no_forum():
    closed = DirectoryEntry("plugin", "tidy-forms", "closed", name="Tidy Forms", closed_date=NOW.date())
    row = advise(_facts(entry=closed)).row("forum")
    assert (row.verdict, row.why_not) == ("closed", ("the plugin is closed on WordPress.org since 2026-11-21",))


def test_a_namesake_in_the_directory_is_somebody_else():
    row = advise(_facts(versions=("9.0", "9.1"))).row("forum")
    assert row.verdict == "closed"
    assert row.why_not == ("WordPress.org has another one under this name: it knows none of our versions",)


@pytest.mark.parametrize(
    ("kept", "road", "verdict", "reason"),
    [
        ({"archived": True}, "github-pr", "closed", f"{CODE} is archived, and takes nothing any more"),
        ({"archived": True}, "github-issue", "closed", f"{CODE} is archived, and takes nothing any more"),
        ({"disabled": True}, "github-pr", "closed", f"{CODE} is disabled by GitHub, and takes nothing any more"),
        ({"gone": True}, "github-pr", "closed", f"GitHub has no {CODE}, or does not show it to us"),
        ({"issues": False}, "github-issue", "closed", "its issues are switched off"),
        ({"issues": False}, "github-pr", "best", None),
        ({"forks": False}, "github-pr", "closed", "it may not be forked, so nobody from outside can offer a branch"),
        (
            {"pushed_at": NOW - timedelta(days=900)},
            "github-pr",
            "possible",
            "nothing was pushed there since 2024-06-04",
        ),
        (
            {"fork_of": "elm/forms"},
            "github-pr",
            "possible",
            "it is a fork of elm/forms, which may be the right one (vendor set --repository)",
        ),
        ({"sayings": (Saying(NO_PULLS, "A.md", "No."),)}, "github-pr", "possible", "A.md says: “No.”"),
        ({"sayings": (Saying(NO_PULLS, "A.md", "No."),)}, "github-issue", "best", None),
        ({"sayings": (Saying(NO_ISSUES, "A.md", "No."),)}, "github-issue", "possible", "A.md says: “No.”"),
        ({"sayings": (Saying(MIRROR, "A.md", "No."),)}, "github-pr", "possible", "A.md says: “No.”"),
    ],
)
def test_the_state_of_a_repository_decides(kept, road, verdict, reason):
    row = advise(_facts(entry=ON_GITHUB, repository=replace(LIVELY, **kept))).row(road)
    assert row.verdict == verdict
    assert reason is None or reason in row.why_not


def test_a_renamed_repository_is_called_by_its_new_name():
    facts = _facts(entry=ON_GITHUB, repository=replace(LIVELY, name="tidy/forms", asked_as=CODE))
    assert advise(facts).row("github-pr").address == "tidy/forms"


def test_a_repository_that_was_not_looked_at_is_unknown_and_says_what_to_do():
    row = advise(_facts(entry=ON_GITHUB)).row("github-pr")
    assert (row.verdict, row.address) == ("unknown", CODE)
    assert row.why_not == (f"whether {CODE} is archived was not asked; --refresh asks GitHub",)


def test_a_repository_that_a_person_named_is_taken_at_their_word():
    advice = advise(_facts(told=_told("github-pr", "own/name")))
    assert (advice.recommended, advice.row("github-pr").address) == ("github-pr", "own/name")


@pytest.mark.parametrize(
    ("known", "named_by"),
    [
        ({"release": ReleaseHints("1.2.4", github=CODE)}, "its header names it"),
        ({"release": ReleaseHints("1.2.4", home_url=f"https://github.com/{CODE}")}, "its header names it"),
        (
            {"release": ReleaseHints("1.2.4", packages=(PackageSupport("composer.json", source=f"github:{CODE}"),))},
            "composer.json names it",
        ),
        ({"package": PackageSupport("the package x/y", issues=f"https://github.com/{CODE}/issues")}, "the package x/y"),
    ],
)
def test_a_repository_is_found_in_the_files(known, named_by):
    row = advise(_facts(repository=LIVELY, **known)).row("github-pr")
    assert (row.verdict, row.address) == ("best", CODE)
    assert row.why[0].startswith(f"{CODE}: {named_by}")


def test_a_link_in_a_readme_counts_where_the_name_fits_and_stays_in_doubt():
    def linked(name):
        readme = Readme(links=(f"https://github.com/{name}",))
        return advise(_facts(release=ReleaseHints("1.2.4", readme=readme), repository=replace(LIVELY, name=name)))

    assert linked("somebody/wp-tidy-forms").row("github-pr").verdict == "possible"
    assert linked("somebody/tidy-forms-and-more").row("github-pr").verdict == "unknown"
    assert linked("somebody/a-library").row("github-pr").verdict == "unknown"


def test_a_repository_called_as_the_plugin_is_shown_is_akin_too():
    component = Component("plugin", "autoforms")
    readme = Readme(links=("https://github.com/tidy/the-form-framework",))
    release = ReleaseHints("1", name="The Form Framework – fast, free", readme=readme)
    assert advise(_facts(component=component, release=release)).row("github-pr").address == "tidy/the-form-framework"


def _packed(**support):
    return ReleaseHints("1.2.4", packages=(PackageSupport("composer.json", **support),))


def test_the_forum_of_wordpress_org_is_no_help_desk():
    facts = _facts(release=_packed(forum="https://wordpress.org/support/plugin/tidy-forms"))
    assert advise(facts).row("ticket").verdict == "unknown"


def test_a_trac_of_its_own_on_wordpress_org_is_found():
    advice = advise(_facts(release=_packed(issues="https://bbpress.trac.wordpress.org/newticket")))
    assert (advice.recommended, advice.row("trac").address) == ("trac", "https://bbpress.trac.wordpress.org")
    assert advise(_facts(release=_packed(issues="https://plugins.trac.wordpress.org/x"))).recommended == "forum"


@pytest.mark.parametrize(
    ("link", "found"),
    [
        ("https://tidy.example/support/", True),
        ("https://help.tidy.example", True),
        ("https://tidy.example/contact?x=1", True),
        ("https://tidy.example/help/getting-started", False),
        ("https://tidy.example/supporters", False),
        ("https://wordpress.org/support", False),
        ("https://github.com/contact", False),
    ],
)
def test_a_help_desk_is_known_by_its_name_in_a_readme(link, found):
    row = advise(_facts(release=ReleaseHints("1.2.4", readme=Readme(links=(link,))))).row("ticket")
    assert (row.verdict, row.address) == (("possible", link) if found else ("unknown", None))


def test_where_a_repository_sends_people_counts():
    links = ("https://tidy.example/support", "https://wordpress.org/support/plugin/tidy-forms/")
    advice = advise(_facts(entry=ON_GITHUB, repository=replace(LIVELY, links=links)))
    assert advice.row("ticket").why == ("the repository sends people there for help",)
    assert "the repository sends people there" in advice.row("forum").why


def test_nothing_known_recommends_nothing_and_says_so():
    advice = advise(_facts(entry=None))
    assert (advice.recommended, advice.paid) == (None, None)
    assert advice.why == (
        "no road to the vendor of plugin/tidy-forms is known to be open; what is missing stands with each road",
    )
    assert set(_verdicts(_facts(entry=None)).values()) == {"unknown", "possible"}


def test_a_matter_of_security_goes_private_only():
    told = Told({"email": Way("email", "help@tidy.example", 0, None, NOW, "dana")})
    facts = _facts(entry=ON_GITHUB, repository=replace(LIVELY, policy="Write to security@tidy.example."), told=told)
    advice = advise(facts, security=True)
    assert advice.recommended == "security"
    assert advice.row("security").address == "security@tidy.example"
    others = {row.road: row.verdict for row in advice.roads if row.road != "security"}
    assert others.pop("email") == "good"
    assert set(others.values()) == {"closed"}
    assert advise(facts).row("security").verdict == "possible"
    liked = Told({**told.ways, "forum": Way("forum", None, PREFERRED, None, NOW, "dana")})
    assert advise(replace(facts, told=liked), security=True).recommended == "security"


def test_the_security_road_is_never_the_one_for_another_matter():
    assert advise(_facts(told=_told("security", "s@tidy.example", PREFERRED))).recommended == "forum"


def test_what_a_person_prefers_is_the_one():
    facts = _facts(entry=ON_GITHUB, repository=LIVELY, told=_told("forum", None, PREFERRED, "Ann answers on Mondays"))
    advice = advise(facts)
    assert advice.recommended == "forum"
    assert advice.why[0] == "we said that this is the one: Ann answers on Mondays (dana, 2026-11-21)"


def test_what_a_person_prefers_need_not_be_asked_for():
    advice = advise(_facts(entry=ON_GITHUB, told=_told("github-pr", None, PREFERRED)))
    assert (advice.recommended, advice.row("github-pr").address) == ("github-pr", CODE)


def test_what_a_person_never_wants_is_closed():
    facts = _facts(entry=ON_GITHUB, repository=LIVELY, told=_told("github-pr", None, NEVER, "they close them all"))
    advice = advise(facts)
    assert advice.recommended == "github-issue"
    assert advice.row("github-pr").why_not[0] == "we said never: they close them all (dana, 2026-11-21)"
    assert "not github-pr: we said never: they close them all (dana, 2026-11-21)" in advice.why


def _history(road, **known):
    return {road: RoadHistory(road, **{"sent": 3, "last_at": NOW - timedelta(days=60), **known})}


def test_a_silent_road_loses():
    facts = _facts(entry=ON_GITHUB, repository=LIVELY, history=_history("github-pr"))
    advice = advise(facts)
    assert advice.recommended == "github-issue"
    silent = "nobody has answered what we sent there (3) since 2026-09-22"
    assert (advice.row("github-pr").verdict, advice.row("github-pr").why_not[-1]) == ("possible", silent)
    assert f"not github-pr: {silent}" in advice.why


def test_what_was_sent_the_day_before_is_not_silence_yet():
    facts = _facts(entry=ON_GITHUB, repository=LIVELY, history=_history("github-pr", last_at=NOW - timedelta(days=1)))
    assert advise(facts).recommended == "github-pr"


def test_a_road_that_worked_wins():
    history = _history("forum", answered=2, median_days=4.0, released=1, who=("Ann",))
    advice = advise(_facts(entry=ON_GITHUB, repository=LIVELY, history=history))
    assert advice.recommended == "forum"
    assert "2 of 3 answered, median 4 days, 1 released, by Ann" in advice.why
    assert advice.row("forum").history == history["forum"]


def test_a_road_that_worked_is_doubted_no_more():
    old = replace(LIVELY, pushed_at=NOW - timedelta(days=900))
    facts = _facts(entry=ON_GITHUB, repository=old, history=_history("github-issue", answered=3, median_days=1.0))
    assert advise(facts).recommended == "github-issue"


def test_what_worked_once_in_many_times_or_slowly_does_not_win():
    for known in ({"sent": 5, "answered": 1, "median_days": 2.0}, {"answered": 3, "median_days": 90.0}):
        facts = _facts(entry=ON_GITHUB, repository=LIVELY, history=_history("forum", **known))
        assert advise(facts).recommended == "github-pr"


def test_what_worked_does_not_open_what_is_closed():
    facts = _facts(
        entry=ON_GITHUB,
        repository=replace(LIVELY, archived=True),
        history=_history("github-pr", answered=3, released=3),
    )
    assert advise(facts).row("github-pr").verdict == "closed"


@pytest.mark.parametrize(
    ("history", "words"),
    [
        (RoadHistory("forum", 1), "nobody has answered what we sent there (1)"),
        (RoadHistory("forum", 2, 2, 0.3), "2 of 2 answered, median a day"),
        (RoadHistory("forum", 4, 0, None, 1), "0 of 4 answered, 1 released"),
    ],
)
def test_our_history_in_words(history, words):
    assert say_history(history) == words


def test_wordpress_itself_goes_to_its_own_trac():
    advice = advise(_facts(component=CORE, entry=None))
    assert (advice.recommended, advice.row("trac").address) == ("trac", "https://core.trac.wordpress.org")
    assert advice.row("github-pr").address == "WordPress/wordpress-develop"
    assert advice.row("github-issue").verdict == "closed"
    assert advise(_facts(component=CORE, entry=None), security=True).row("security").address.endswith("wordpress")


@pytest.mark.parametrize("slug", ["twentytwentyfive", "twentyten", "twentytwenty"])
def test_a_bundled_theme_goes_to_core_trac(slug):
    advice = advise(_facts(component=Component("theme", slug), entry=None))
    assert (advice.recommended, advice.paid) == ("trac", False)
    assert advice.why == (
        "the themes that come with WordPress: reports and patches go to core.trac, component Bundled Theme",
    )


@pytest.mark.parametrize("slug", ["twentytwentyfive-child", "twentyfour", "elm"])
def test_another_theme_does_not(slug):
    component = Component("theme", slug)
    facts = _facts(component=component, entry=DirectoryEntry("theme", slug, "open", version="1"))
    assert (advise(facts).row("trac").verdict, advise(facts).recommended) == ("closed", "forum")
    assert advise(facts).row("forum").address == f"https://wordpress.org/support/theme/{slug}/"


def test_php_goes_to_its_own_repository():
    advice = advise(_facts(component=PHP, entry=None))
    assert (advice.recommended, advice.row("github-issue").address) == ("github-issue", "php/php-src")
    assert advice.row("forum").verdict == "closed"
    assert advice.row("security").address == "https://github.com/php/php-src/security/advisories/new"


@pytest.mark.parametrize("kind", ["mu-plugin", "dropin"])
def test_single_files_have_no_place_on_wordpress_org(kind):
    advice = advise(_facts(component=Component(kind, "tweaks.php"), entry=None))
    assert (advice.row("forum").verdict, advice.row("trac").verdict) == ("closed", "closed")
    assert advice.recommended is None
    assert any("put there by a plugin" in reason for reason in advice.why) == (kind == "dropin")


def test_chat_and_social_are_taken_only_where_they_worked_or_are_preferred():
    told = Told({"chat": Way("chat", "ann", 0, None, NOW, "dana")})
    assert advise(_facts(entry=GONE, told=told)).recommended is None
    assert advise(_facts(entry=GONE, told=told, history=_history("chat", answered=3))).recommended == "chat"
    assert advise(_facts(told=_told("social", "x:@tidy", PREFERRED))).recommended == "social"


def test_an_authors_own_address_is_only_possible():
    package = PackageSupport("composer.json", authors=("dana@tidy.example",))
    row = advise(_facts(package=package)).row("email")
    assert (row.verdict, row.address) == ("possible", "dana@tidy.example")


def test_where_no_address_is_known_the_makers_are_named():
    release = ReleaseHints("1.2.4", readme=Readme(contributors=("tidyworks", "dana")))
    (reason,) = advise(_facts(release=release)).row("email").why_not
    assert "its makers are profiles.wordpress.org/tidyworks, profiles.wordpress.org/dana; tell one" in reason
    assert "profiles" not in str(advise(_facts(entry=GONE, release=release)).row("email").why_not)


def test_a_vendors_own_trac_is_a_good_road():
    advice = advise(_facts(entry=GONE, told=_told("trac", "https://trac.tidy.example")))
    assert (advice.recommended, advice.row("trac").address) == ("trac", "https://trac.tidy.example")


_ENTRIES = st.sampled_from([None, LISTED, ON_GITHUB, GONE, replace(LISTED, state="closed")])
_KEPT = st.sampled_from([None, LIVELY, replace(LIVELY, archived=True), replace(LIVELY, gone=True)])
_WISHES = st.builds(
    lambda road, wish: _told(road, None, wish, "so"), st.sampled_from([*ROADS]), st.sampled_from([PREFERRED, NEVER, 0])
)
_COMPONENTS = st.sampled_from([TIDY, CORE, PHP, Component("mu-plugin", "x.php"), Component("theme", "twentytwenty")])


@given(_COMPONENTS, _ENTRIES, _KEPT, _WISHES, st.booleans(), st.booleans())
def test_one_road_at_most_is_best_and_it_is_usable(component, entry, kept, told, security, patch):
    facts = VendorFacts(component, NOW, told=told, entry=entry, repository=kept)
    advice = advise(facts, security=security, patch=patch)
    best = [row.road for row in advice.roads if row.verdict == "best"]
    assert best == ([advice.recommended] if advice.recommended else [])
    assert all(row.verdict in VERDICTS and (row.why or row.why_not) for row in advice.roads)
    if advice.recommended:
        assert advice.row(advice.recommended).address
        assert not (security and ROADS[advice.recommended].public)
        assert told.ways.get(advice.recommended) is None or told.ways[advice.recommended].prefer != NEVER

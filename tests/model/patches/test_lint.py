from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from plugwatch.model.component import Component
from plugwatch.model.fork import Patch, Person, StackEntry
from plugwatch.model.patches.lint import Claim, PatchFacts, Sites, commands, lint, lint_patches, summaries
from plugwatch.model.patches.stance import Stance

NOW = datetime(2026, 5, 20, 12, 0, tzinfo=timezone.utc)
PATCH = Patch("pw-abcdefghij", "Wait a minute", "Slow.", Person("Kim", "kim@agency.example"), "1779278400 +0200", "1.0")


def said(stance: str, *, days: float = 0, review_by: date | None = None) -> Stance:
    return Stance(PATCH.id, stance, "because", review_by, NOW - timedelta(days=days), "kim")


SOUND = PatchFacts(
    component=Component("plugin", "tidy-forms"),
    entry=StackEntry(PATCH, "c" * 40, "a" * 40, "b" * 40),
    number=1,
    on="2.0",
    newest="2.0",
    survived=1,
    sites=Sites(2, 3, were_some=True),
    stances=(said("wait"),),
)


def codes(facts: PatchFacts, now: datetime = NOW) -> list[str]:
    return [finding.code for finding in lint(facts, now=now)]


def test_a_patch_that_is_cared_for_has_no_finding():
    assert lint(SOUND, now=NOW) == ()


@pytest.mark.parametrize("why", ["", " \n"])
def test_a_reason_is_asked_for(why):
    facts = replace(SOUND, entry=replace(SOUND.entry, patch=replace(PATCH, why=why)))
    (found,) = lint(facts, now=NOW)
    assert (found.code, found.severity, found.component, found.on) == ("no-reason", "error", SOUND.component, "2.0")
    assert "'plugwatch patch explain pw-abcdefghij --why REASON'" in found.message


def test_a_stance_is_asked_for():
    (found,) = lint(replace(SOUND, stances=()), now=NOW)
    assert found.code == "no-stance"
    assert "'plugwatch patch stance pw-abcdefghij send|wait|never --why REASON'" in found.message


@pytest.mark.parametrize(("day", "late"), [(19, True), (20, False), (21, False)])
def test_a_review_is_late_from_the_day_after(day, late):
    assert codes(replace(SOUND, stances=(said("wait", review_by=date(2026, 5, day)),))) == ["review-passed"] * late


def test_only_the_newest_stance_has_a_review():
    assert codes(replace(SOUND, stances=(said("wait", review_by=date(2026, 1, 1)), said("never")))) == []


def test_the_day_is_the_agencys():
    facts = replace(SOUND, stances=(said("wait", review_by=date(2026, 5, 20)),))
    late = datetime(2026, 5, 20, 23, 0, tzinfo=timezone.utc)
    assert codes(facts, late) == []
    assert codes(facts, late.astimezone(ZoneInfo("Europe/Berlin"))) == ["review-passed"]


@pytest.mark.parametrize(
    ("stances", "statuses", "late"),
    [
        ((said("send", days=14),), (), False),
        ((said("send", days=14.1),), (), True),
        ((said("send", days=30), said("send", days=1)), (), True),  # saying it again is not doing it
        ((said("send", days=30), said("wait", days=9), said("send", days=1)), (), False),
        ((said("send", days=30), said("never")), (), False),
        ((said("wait", days=30),), (), False),
        ((said("send", days=30),), ("draft",), True),
        ((said("send", days=30),), ("withdrawn",), True),
        ((said("send", days=30),), ("sent",), False),
        ((said("send", days=30),), ("rejected",), False),
        ((said("send", days=30),), ("sent", "draft"), False),  # the newer draft does not undo that it was sent
    ],
)
def test_what_was_to_be_sent_is_sent_within_two_weeks(stances, statuses, late):
    claims = tuple(Claim(f"SUB-{n}", "trac", status) for n, status in enumerate(statuses, 1))
    assert codes(replace(SOUND, stances=stances, claims=claims)) == ["not-sent"] * late


def test_a_draft_that_is_ready_is_named():
    facts = replace(SOUND, stances=(said("send", days=30),), claims=(Claim("SUB-7", "trac", "draft"),))
    (found,) = lint(facts, now=NOW)
    assert "since 2026-04-20" in found.message
    assert "send SUB-7" in found.message


@pytest.mark.parametrize(
    ("claims", "found"),
    [
        ((("trac", "released"),), 1),
        ((("trac", "accepted"),), 0),
        ((("trac", "released"), ("forum", "released")), 2),
        ((("trac", "released"), ("trac", "sent")), 0),  # the newest on a road is what it says now
    ],
)
def test_what_is_claimed_is_held_against_the_release(claims, found):
    known = tuple(Claim(f"SUB-{n}", *claim) for n, claim in enumerate(claims, 1))
    assert codes(replace(SOUND, claims=known)) == ["not-in-release"] * found
    assert codes(replace(SOUND, claims=known, newest="2.1")) == []  # nobody has looked into that one yet


@pytest.mark.parametrize(
    ("sites", "found"),
    [(Sites(0, 1, were_some=True), 0), (Sites(0, 0, were_some=True), 1), (Sites(0, 0, were_some=False), 0)],
)
def test_a_patch_whose_sites_are_gone(sites, found):
    assert codes(replace(SOUND, sites=sites)) == ["sites-gone"] * found


def test_all_findings_of_all_patches_are_told_in_order():
    bare = replace(
        SOUND,
        entry=replace(SOUND.entry, patch=replace(PATCH, id="pw-bbbbbbbbbb", why="")),
        stances=(),
        sites=Sites(0, 0, were_some=True),
    )
    found = lint_patches([replace(SOUND, stances=()), SOUND, bare], now=NOW)
    assert [(f.patch[3], f.code) for f in found] == [
        ("a", "no-stance"),
        ("b", "no-reason"),
        ("b", "no-stance"),
        ("b", "sites-gone"),
    ]


@pytest.mark.parametrize(
    ("made", "age"),
    [(NOW, 0), (NOW - timedelta(hours=23), 0), (NOW - timedelta(days=41, hours=1), 41), (NOW + timedelta(days=9), 0)],
)
def test_age_is_in_whole_days_and_never_below_none(made, age):
    entry = replace(SOUND.entry, patch=replace(PATCH, date=f"{int(made.timestamp())} +0530"))
    assert replace(SOUND, entry=entry).age(NOW) == age


def test_a_patch_is_as_old_as_we_carry_it():
    since = int((NOW - timedelta(days=3)).timestamp())
    old = replace(SOUND.entry, patch=replace(PATCH, date="1 +0000"))
    assert replace(SOUND, entry=old, since=since).age(NOW) == 3


def test_a_patch_has_one_sentence_and_commands_are_for_all_patches():
    patches = [replace(PATCH, id=f"pw-{letter * 10}", why="") for letter in "abcd"]
    facts = [replace(SOUND, entry=replace(SOUND.entry, patch=patch), stances=()) for patch in patches]
    gone = replace(facts[0], sites=Sites(0, 0, were_some=True))
    found = lint_patches([gone, facts[1]], now=NOW)
    bare = "nobody said why it is carried; nobody said what is meant to become of it"
    assert summaries(found) == [
        f"pw-aaaaaaaaaa (Wait a minute): {bare}; {found[2].message}",
        f"pw-bbbbbbbbbb (Wait a minute): {bare}",
    ]
    both = "pw-aaaaaaaaaa pw-bbbbbbbbbb"
    explain, stance = commands(found)
    assert explain == f"plugwatch patch explain {both} --why REASON"
    assert stance == f"plugwatch patch stance {both} send|wait|never --why REASON"
    assert commands(lint_patches(facts, now=NOW))[0] == "plugwatch patch explain PATCH… --why REASON"
    assert commands(found[2:3]) == []


def test_a_year_that_no_calendar_knows_has_an_age():
    entry = replace(SOUND.entry, patch=replace(PATCH, date="99999999999999999 +0000"))
    assert replace(SOUND, entry=entry).age(NOW) == 0


def test_upstream_is_the_newest_of_each_road():
    claims = (Claim("SUB-1", "trac", "sent"), Claim("SUB-2", "forum", "draft"), Claim("SUB-3", "trac", "rejected"))
    found = replace(SOUND, claims=claims).upstream
    assert [(claim.submission, claim.status) for claim in found] == [("SUB-2", "draft"), ("SUB-3", "rejected")]

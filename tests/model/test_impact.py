from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugwatch.errors import PlugwatchError
from plugwatch.model.affected import Suspicion
from plugwatch.model.component import Component
from plugwatch.model.impact import (
    GROUPS,
    IN_RANGE,
    JUSTIFICATIONS,
    SAME_VERSION,
    Exposure,
    Lens,
    Verdict,
    judge,
    parse_verdict,
)
from plugwatch.model.incident import IMPACTS, Impact
from plugwatch.model.site import TIERS
from plugwatch.model.version import VersionRange

NOW = datetime(2026, 11, 20, 10, 0, tzinfo=timezone.utc)
TIDY = Component("plugin", "tidy-forms")
BAD = VersionRange.parse(">=5.9.4,<5.9.6")
LENS = Lens(TIDY, Suspicion(BAD, BAD), NOW, timedelta(days=3), {}, {})
LATER = replace(LENS, suspicion=Suspicion(VersionRange.parse("=5.9.4"), VersionRange.parse(">=5.9.4")))


def _row(site="elm", version="5.9.4", **facts):
    known = {
        "client": "acme",
        "tier": "info",
        "base_version": version,
        "build": None,
        "status": "active",
        "auto_update": False,
        "offered": None,
        "since": NOW - timedelta(days=9),
        "last_seen": NOW - timedelta(hours=1),
    } | facts
    return Exposure(site=site, version=version, **known)


def _said(state, why=None, **facts):
    return Impact("elm", "acme", state, why, "ana", facts.pop("at", NOW - timedelta(days=1)), **facts)


def _judge(row, *said, lens=LENS):
    [one] = judge([row], said, lens, {})
    return one


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("acme=affected", Verdict("site", "acme", "affected", None)),
        (" acme = affected : reported 09:14 ", Verdict("site", "acme", "affected", "reported 09:14")),
        ("site=tier:affected", Verdict("site", "tier", "affected", None)),
        (
            "tier=info:not_affected:code_not_reachable",
            Verdict("tier", "info", "not_affected", "code_not_reachable"),
        ),
        ("client=acme:mitigated:a: b", Verdict("client", "acme", "mitigated", "a: b")),
        ("version=>=5.9.4,<6:affected", Verdict("version", ">=5.9.4,<6", "affected", None)),
        ("all=resolved", Verdict("all", "", "resolved", None)),
    ],
)
def test_a_verdict_is_for_a_site_or_for_many(text, verdict):
    assert parse_verdict(text) == verdict


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("acme", "is no verdict"),
        ("=affected", "is no verdict"),
        ("acme=", "is no verdict"),
        ("tier=affected", "is no verdict"),
        ("acme=broken", "choose one of in_triage, affected"),
        ("tier=big:affected", "is no tier"),
        ("version=about 5:affected", "is no condition"),
        ("acme=not_affected", "does not say why"),
        ("acme=not_affected:because", "choose one of code_not_present"),
        ("acme=affected:a\nb", "holds a line break"),
    ],
)
def test_what_is_no_verdict_is_said(text, said):
    with pytest.raises(PlugwatchError, match=said):
        parse_verdict(text)


@given(st.text(max_size=40))
def test_no_text_does_more_than_fail_to_be_a_verdict(text):
    try:
        verdict = parse_verdict(text)
    except PlugwatchError:
        return
    assert verdict.state in IMPACTS
    assert verdict.state != "not_affected" or verdict.justification in JUSTIFICATIONS


@pytest.mark.parametrize(
    ("row", "group", "in_range", "state"),
    [
        (_row(), "triage", True, "in_triage"),
        (_row(version="5.9.3"), "out", False, None),
        (_row(version="5.9.3", auto_update=True), "next", False, None),
        (_row(version="5.9.3", offered="5.9.5"), "next", False, None),
        (_row(version="5.9.3", offered="5.9.6", auto_update=True), "out", False, None),
        (_row(version="5.9.3", auto_update=True, status="inactive"), "out", False, None),
        (_row(version="5.9.6", auto_update=True), "out", False, None),
        (_row(version=None), "unknown", None, None),
        (_row(last_seen=NOW - timedelta(days=3)), "triage", True, "in_triage"),
        (_row(last_seen=NOW - timedelta(days=4)), "unknown", None, None),
        (_row(version="5.9.3", last_seen=NOW - timedelta(days=4)), "unknown", None, None),
        (_row(version="5.9.7", last_seen=NOW - timedelta(days=4)), "out", False, None),
        (_row(version="5.9.4.0-p1", base_version="5.9.4", build="5.9.4.0-p1"), "triage", True, "in_triage"),
    ],
)
def test_a_site_that_nobody_has_judged_is_where_its_list_puts_it(row, group, in_range, state):
    one = _judge(row)

    assert (one.group, one.in_range, one.state, one.decided) == (group, in_range, state, False)
    assert one.stale is (NOW - row.last_seen > timedelta(days=3))


def test_a_later_version_than_the_one_that_broke_is_not_known_until_somebody_looks():
    later = _row(version="5.9.5")

    assert (_judge(later, lens=LATER).group, _judge(later, lens=LATER).in_range) == ("unknown", None)
    assert _judge(later, _said("in_triage", SAME_VERSION), lens=LATER).group == "triage"


@pytest.mark.parametrize(
    ("said", "group"),
    [
        (_said("affected"), "affected"),
        (_said("mitigated", "our build"), "done"),
        (_said("resolved"), "done"),
        (_said("not_affected", "code_not_reachable"), "out"),
        (_said("in_triage", "ask them"), "triage"),
    ],
)
def test_a_verdict_stands_however_old_the_list_is(said, group):
    for row in (_row(), _row(last_seen=NOW - timedelta(days=9)), _row(version=None)):
        one = _judge(row, said)
        assert (one.group, one.state, one.justification, one.decided) == (group, said.state, said.justification, True)


def test_a_verdict_that_ran_out_puts_the_site_in_triage_again_and_says_so():
    until = NOW - timedelta(minutes=1)
    one = _judge(_row(), _said("not_affected", "requires_configuration", valid_until=until))

    assert (one.group, one.state, one.justification) == ("triage", "in_triage", "'not_affected' ran out")
    assert (one.actor, one.valid_until) == ("ana", until)
    assert _judge(_row(), _said("affected", valid_until=NOW)).group == "triage"
    assert _judge(_row(), _said("affected", valid_until=NOW + timedelta(minutes=1))).group == "affected"


def test_not_affected_is_said_of_what_ran_there_then():
    said = _said("not_affected", "code_not_present", at=NOW - timedelta(days=10))

    changed = _judge(_row(), said)
    assert (changed.group, changed.state) == ("triage", "in_triage")
    assert changed.justification == "changed since it was found not affected"
    assert _judge(_row(since=said.at), said).group == "out"
    assert _judge(_row(version="5.9.3"), said).group == "out"
    assert _judge(_row(version="5.9.3", auto_update=True), said).group == "next"


@pytest.mark.parametrize("why", [SAME_VERSION, IN_RANGE])
def test_who_was_put_in_triage_by_the_program_is_out_of_it_when_the_versions_are_known_better(why):
    one = _judge(_row(version="5.9.6"), _said("in_triage", why))

    assert (one.group, one.in_range, one.decided) == ("out", False, False)
    assert _judge(_row(version="5.9.6"), _said("in_triage", "ask them")).group == "triage"
    assert _judge(_row(version=None), _said("in_triage", why)).group == "unknown"


def test_what_the_lists_tell_beside_the_version_is_proposed_and_not_decided():
    build = _row(version="5.9.4.0-p1", base_version="5.9.4", build="5.9.4.0-p1")
    carrying = replace(LENS, patched={"5.9.4": "pw-abc"})

    assert _judge(_row(status="inactive")).proposed == "not_affected:code_not_reachable"
    assert _judge(_row()).proposed is None
    assert _judge(_row(), lens=carrying).proposed is None
    assert _judge(build).proposed is None
    assert _judge(build, lens=carrying).proposed == "mitigated:our build with pw-abc"
    assert _judge(build, _said("affected"), lens=carrying).proposed == "mitigated:our build with pw-abc"
    assert _judge(build, _said("mitigated"), lens=carrying).proposed is None
    assert [_judge(row).hints for row in (_row(), _row(status="inactive"), build)] == [
        (),
        ("inactive",),
        ("our build",),
    ]
    for row, lens in ((_row(status="inactive"), LENS), (build, carrying)):
        verdict = parse_verdict(f"elm={_judge(row, lens=lens).proposed}")
        assert _judge(row, _said(verdict.state, verdict.justification), lens=lens).decided


def test_a_site_that_lacks_what_takes_part_need_not_be_affected():
    lacking = replace(LENS, lacking={"elm": ("without plugin/shop", "requires_dependency")})

    one = _judge(_row(), lens=lacking)
    assert (one.group, one.hints, one.proposed) == (
        "triage",
        ("without plugin/shop",),
        "not_affected:requires_dependency",
    )
    assert _judge(_row(), _said("affected"), lens=lacking).proposed is None
    assert _judge(_row("fir"), lens=lacking).hints == ()


def test_a_site_that_was_judged_and_does_not_run_it_any_more_is_shown():
    [one] = judge([], [_said("affected", "reported")], LENS, {"elm": "shop"})

    assert (one.group, one.version, one.tier, one.hints) == ("affected", None, "shop", ("not installed",))
    assert one.in_range is False
    [one] = judge([], [_said("affected", "reported")], replace(LENS, component=None), {})
    assert (one.group, one.in_range, one.hints) == ("affected", None, ())


SITES = st.lists(
    st.builds(
        _row,
        site=st.text("abc", min_size=1, max_size=3),
        version=st.sampled_from((None, "5.9.3", "5.9.4", "5.9.5", "5.9.6")),
        tier=st.sampled_from(TIERS),
        auto_update=st.sampled_from((None, True, False)),
        offered=st.sampled_from((None, "5.9.5", "5.9.6")),
        status=st.sampled_from(("active", "inactive")),
        last_seen=st.sampled_from((NOW, NOW - timedelta(days=5))),
    ),
    max_size=8,
    unique_by=lambda row: row.site,
)


@given(SITES, st.dictionaries(st.text("abc", min_size=1, max_size=3), st.sampled_from(IMPACTS)), st.booleans())
def test_every_site_is_in_one_group_and_what_will_be_hit_next_comes_first(rows, verdicts, later):
    said = [Impact(site, "acme", state, None, "ana", NOW) for site, state in verdicts.items()]
    judged = judge(rows, said, LATER if later else LENS, {})

    assert sorted(one.site for one in judged) == sorted({row.site for row in rows} | verdicts.keys())
    order = [(GROUPS.index(one.group), TIERS.index(one.tier), one.site) for one in judged]
    assert order == sorted(order)
    for one in judged:
        assert (one.group == "affected") is (verdicts.get(one.site) == "affected")
        assert one.decided is (one.site in verdicts)
        assert one.group != "next" or (one.in_range is False and not one.stale)


def _fitting(selector, value=""):
    rows = [
        _row("elm", "5.9.3", auto_update=True),
        _row("fir", "5.9.3"),
        _row("acme", tier="shop"),
        _row("bolt", tier="lead", client="bolt"),
        _row("dune", version=None),
    ]
    said = [Impact("bolt", "bolt", "not_affected", "requires_configuration", "ana", NOW)]
    verdict = Verdict(selector, value, "affected", None)
    return [one.site for one in judge(rows, said, LENS, {}) if verdict.fits(one)]


def test_a_verdict_says_whom_it_is_for():
    assert [str(parse_verdict(text)) for text in ("all=affected", "tier=shop:affected", "acme=affected")] == [
        "all sites",
        "tier shop",
        "site acme",
    ]


def test_a_verdict_for_many_is_for_those_that_are_in_it_or_may_be():
    assert _fitting("all") == ["acme", "dune"]
    assert _fitting("tier", "shop") == ["acme"]
    assert _fitting("tier", "info") == ["dune"]
    assert _fitting("client", "bolt") == ["bolt"]
    assert _fitting("client", "acme") == ["acme", "dune"]
    assert _fitting("version", "5.9.3") == ["elm", "fir"]
    assert _fitting("version", ">=5.9.4") == ["acme", "bolt"]

"""What reports are made of agrees with what is read of one incident at a time, and leaves nothing out."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import date, datetime, timedelta, timezone
from typing import Any

import pytest

from plugwatch.ledger import history
from plugwatch.ledger.times import to_text
from plugwatch.model.client import FORGOTTEN, Client
from plugwatch.model.component import CORE, PHP, Component
from plugwatch.model.directory import DirectoryEntry
from plugwatch.model.hold import Hold
from plugwatch.model.incident import Call, Event, Impact, Incident
from plugwatch.model.inventory import Installed, Inventory
from plugwatch.model.operation import Operation
from plugwatch.model.patches.stance import Stance
from plugwatch.model.promise import Promise
from plugwatch.model.reports.course import ended_at, identified_at
from plugwatch.model.reports.records import Answer, ClientFact, DropFact, Move, SiteFact, Told
from plugwatch.model.roads.submitted import Change, Post, Submission
from plugwatch.model.roads.watch import Remark
from plugwatch.model.site import Site
from plugwatch.model.today import Finding
from plugwatch.model.vendors.vendor import Vendor
from plugwatch.workflows.inventories import ListOrigin, import_list

NOW = datetime(2026, 11, 19, 10, 0, tzinfo=timezone.utc)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
SINCE = NOW - 90 * DAY
TIDY, OTHER = Component("plugin", "tidy-forms"), Component("plugin", "other")
NEW = Incident(
    "", 0, "No form", "identified", "high", "update", TIDY, "1.2.4", NOW - DAY,
    with_components=(OTHER,), affected=">=1.2.4", assignee="ana", security=True, steps="1. Send", expected="Thanks",
    actual="Nothing", workaround="Switch it off",
)  # fmt: skip
CLIENTS = ("acme", "bolt", "corvid")
ONE, TWO = "pw-aaaaaaaaaa", "pw-bbbbbbbbbb"
_NUMBERS = itertools.count(1)


@pytest.fixture
def work(ledger):
    with ledger.unit_of_work() as work:
        for name in CLIENTS:
            work.clients.add(Client(name, name.title()), at=NOW)
            work.sites.add(Site(name, name, tier="shop"), at=NOW)
    with ledger.unit_of_work() as work:
        yield work


def _add(work: Any, **changes: Any) -> Incident:
    return work.incidents.add(replace(NEW, **changes), actor="dana", recorded_at=NOW)


def _status(work: Any, incident: Incident, status: str, at: datetime) -> None:
    work.incidents.update(replace(incident, status=status))
    work.incidents.add_event(incident, Event(at, at, "dana", "status", "internal", status))


def _told(work: Any, incident: Incident, client: str, *sent: datetime | None, phase: str = "identified", asks: int = 0):
    """A message with an address for each time; None: it was refused there. Returns its id."""
    number = next(_NUMBERS)
    row = {"id": f"m{number:06}", "round": number, "at": to_text(NOW), "phase": phase, "asks": asks}
    row |= {"incident": incident.id, "client": work.clients.get(client).id}
    work._connection.run(
        "insert into message (id, incident_id, client_id, phase, round, state, road, language, subject, body, edited,"
        " asks, mail_id, created_at, changed_at, actor) values (:id, :incident, :client, :phase, :round, 'done',"
        " 'smtp', 'en', 'S', 'B', 0, :asks, '<1@x.example>', :at, :at, 'dana')",
        row,
    )
    for place, at in enumerate(sent):
        work._connection.run(
            "insert into delivery (message_id, address, name, state, tries, sent_at)"
            " values (:id, :address, 'Jo', :state, 1, :sent)",
            {"id": row["id"], "address": f"{place}@x.example", "state": "sent" if at else "refused"}
            | {"sent": to_text(at) if at else None},
        )
    return row["id"]


def _promise(work: Any, incident: Incident, client: str, due: datetime, made: datetime, **how: Any) -> None:
    work.promises.add(incident, Promise(client, due, made), actor="dana", **how)


def _submit(work: Any, incident: Incident | None, at: datetime | None, **more: Any) -> str:
    """A submission with one text, which was sent at a time; its name."""
    number = next(_NUMBERS)
    post = Post(f"post-{number}", "bug", "sent" if at else "draft", "The form", "Body", NOW - DAY, "dana", sent_at=at)
    row: dict[str, Any] = {"incident": None, "patch": None, "component": TIDY, "channel": "forum"}
    row |= {"status": "sent" if at else "draft", "posts": (post,), "created_at": NOW, "actor": "dana"} | more
    work.submissions.add(Submission(number, **row), incident.id if incident else None)
    return f"SUB-{number}"


def _apply(work: Any, at: datetime, component: Component = TIDY, **rows: list[dict[str, Any]]) -> None:
    """What a command on a fork owes to the index."""
    work.forks.apply(Operation(f"OP-{next(_NUMBERS):06}", str(component), "fork", "kim", at.isoformat(), (), rows))


def _release(version: str) -> dict[str, Any]:
    return {"version": version, "commit": "c" * 40, "tree": "a" * 40, "files": 1, "source": "x", "sha256": None}


def _patch(patch: str, incident: Incident | None = None) -> dict[str, Any]:
    return {"id": patch, "title": f"Mend {patch}", "origin": "1.0", "incident": incident.name if incident else None}


def _import(work: Any, site: str, *plugins: tuple[Component, str | None]) -> None:
    rows = tuple(Installed(one.kind, one.slug, one.slug.title(), version, "active") for one, version in plugins)
    listed = Inventory("list", rows, complete_kinds=frozenset({"plugin"}))
    import_list(work, work.sites.get(site), listed, ListOrigin("list", NOW, NOW, "dana"))


def _records(work: Any, since: datetime = SINCE) -> list[Any]:
    return work.history.records(since=since, now=NOW)


# Incidents


def test_a_record_says_of_an_incident_what_the_other_parts_of_the_ledger_say_of_it(work):
    work.vendors.set(TIDY, Vendor("Tidy Ltd", ()))
    incident, other = _add(work), _add(work, status="resolved", component=None, with_components=())
    work.incidents.link(incident, other, "the same form", at=NOW, actor="dana")
    for heard, at in (("mail", NOW - HOUR), ("phone", NOW - 2 * HOUR)):
        work.incidents.add_call(incident, Call("acme", "acme", "Jo", heard, "it broke", "T-1", at, NOW, "dana"))
    work.incidents.add_call(incident, Call(None, None, None, "self", "seen", None, NOW, NOW, "dana"))
    for at, minutes, client in ((NOW, 20, "acme"), (NOW - HOUR, None, None)):
        work.incidents.add_event(incident, Event(at, NOW, "dana", "note", "internal", "looked", minutes, client))
    for state in ("affected", "mitigated"):
        work.impacts.add(incident, Impact("acme", "acme", state, None, "dana", NOW, "a detail", NOW + DAY))
    work.holds.add(incident, Hold("INC-1", TIDY, ">=1.2", "it breaks", "a fix", NOW, "dana"))
    _promise(work, incident, "acme", NOW, NOW - 2 * HOUR)
    _apply(work, NOW, releases=[_release("1.0")], patches=[_patch(ONE, incident)])

    newest, record = _records(work)
    assert (newest.name, newest.component, newest.with_components, newest.vendor) == ("INC-2", None, (), None)
    assert (record.name, record.number, record.title, record.status) == ("INC-1", 1, "No form", "identified")
    assert (record.severity, record.trigger, record.opened_at) == ("high", "update", NOW - DAY)
    assert (record.component, record.version, record.affected) == ("plugin/tidy-forms", "1.2.4", ">=1.2.4")
    assert (record.vendor, record.security, record.assignee) == ("Tidy Ltd", True, "ana")
    assert (record.steps, record.expected, record.actual) == ("1. Send", "Thanks", "Nothing")
    assert (record.workaround, record.with_components) == ("Switch it off", ("plugin/other",))
    assert record.calls == tuple(work.incidents.calls(incident))
    assert [call.heard for call in record.calls] == ["phone", "mail", "self"]
    assert record.events == tuple(work.incidents.events(incident))
    assert record.minutes == 20
    assert [impact.state for impact in record.impacts] == ["affected", "mitigated"]
    assert [record.impacts[-1]] == list(work.impacts.of_incident(incident))
    assert record.holds == tuple(work.holds.of_incident(incident))
    assert record.promises == tuple(work.promises.of_incident(incident))
    assert record.patches == (ONE,)
    assert record.links == tuple(work.incidents.links(incident)) == (("INC-2", "the same form"),)
    assert newest.links == (("INC-1", "the same form"),)
    assert record == work.history.record(incident, NOW)


def test_of_a_period_there_are_the_incidents_that_were_open_at_some_time_in_it(work):
    before, inside = SINCE - DAY, SINCE + DAY
    old = {"opened_at": SINCE - 30 * DAY}
    _status(work, _add(work, title="over before", **old), "closed", before)
    _status(work, _add(work, title="resolved inside", **old), "resolved", inside)
    gone = _add(work, title="resolved before, closed inside", **old)
    _status(work, gone, "resolved", before)
    _status(work, gone, "closed", inside)
    back = _add(work, title="came back inside", **old)
    _status(work, back, "closed", before)
    _status(work, back, "identified", inside)
    _status(work, back, "closed", inside + HOUR)
    again = _add(work, title="over, back and over before", **old)
    for status, days in (("closed", 9), ("identified", 8), ("closed", 7)):
        _status(work, again, status, SINCE - days * DAY)
    _add(work, title="open", **old)
    _status(work, _add(work, title="opened inside", opened_at=inside), "closed", inside)

    titles = ["opened inside", "open", "came back inside", "resolved inside"]
    assert [record.title for record in _records(work)] == titles
    assert len(_records(work, SINCE - 60 * DAY)) == 7


def test_what_was_reported_to_a_vendor_in_a_period_is_there_though_it_was_over_before(work):
    merged, *over = (_add(work, opened_at=SINCE - 30 * DAY) for _ in range(4))
    root, never, earlier = over
    for incident in (merged, *over):
        _status(work, incident, "closed", SINCE - DAY)
    work.incidents.merge(work.incidents.get(merged.name), work.incidents.get(root.name))
    _apply(work, SINCE, releases=[_release("1.0")], patches=[_patch(ONE, merged)])
    _submit(work, None, SINCE + DAY, patch=ONE)
    _submit(work, never, None)
    _submit(work, earlier, SINCE - 2 * DAY)

    assert [record.name for record in _records(work)] == [root.name]


def test_what_was_merged_counts_as_what_it_went_on_as(work):
    root, other, merged = _add(work), _add(work), _add(work, with_components=(PHP, OTHER))
    work.incidents.link(merged, other, None, at=NOW, actor="dana")
    work.incidents.link(root, other, None, at=NOW, actor="dana")
    work.incidents.link(root, merged, "before it was merged", at=NOW, actor="dana")
    for place, incident in enumerate((merged, root, merged)):
        at = NOW - (9 - place) * MINUTE
        work.incidents.add_call(incident, Call("acme", "acme", None, "mail", f"{place}", None, at, at, "dana"))
        work.incidents.add_event(incident, Event(at, at, "dana", "note", "internal", f"{place}"))
        work.impacts.add(incident, Impact("acme", "acme", f"{place}", None, "dana", at))
        _told(work, incident, "acme", at, phase=f"{place}")
    work.holds.add(merged, Hold("INC-3", TIDY, ">=1.2", "it breaks", None, NOW, "dana"))
    _promise(work, merged, "acme", NOW, NOW - 8 * MINUTE)
    _apply(work, NOW, releases=[_release("1.0")], patches=[_patch(ONE, merged)])
    sent = _submit(work, merged, NOW)
    work.incidents.merge(work.incidents.get("3"), work.incidents.get("1"))

    second, first = _records(work)
    assert (first.name, first.merged, second.name, second.merged) == ("INC-1", ("INC-3",), "INC-2", ())
    assert [call.words for call in first.calls] == ["0", "1", "2"]
    assert [event.body for event in first.events] == ["0", "1", "2"]
    assert [impact.state for impact in first.impacts] == ["0", "1", "2"]
    assert [told.phase for told in first.told] == ["0", "1", "2"]
    assert first.with_components == ("php", "plugin/other")
    assert [hold.incident for hold in first.holds] == ["INC-3"]
    assert first.promises == tuple(work.promises.of_incident(root))
    assert [promise.kept_at for promise in first.promises] == [NOW - 8 * MINUTE]
    assert (first.patches, [one.name for one in first.upstream]) == ((ONE,), [sent])
    assert (first.links, second.links) == ((("INC-2", None),), (("INC-1", None),))
    assert work.history.record(work.incidents.get("3"), NOW) == first


def test_the_status_and_the_cause_of_a_merged_incident_are_not_those_of_the_other_one(work):
    _add(work), _add(work)
    root, merged = work.incidents.get("1"), work.incidents.get("2")
    lines = (("set", "component: plugin/other", None), ("reopen", "again", None), ("note", "seen", 7))
    for place, (kind, body, minutes) in enumerate(lines):
        at = NOW - (20 - place) * MINUTE
        work.incidents.add_event(merged, Event(at, at, "dana", kind, "internal", body, minutes))
    _status(work, merged, "resolved", NOW - 9 * MINUTE)
    work.incidents.merge(merged, root)
    _status(work, root, "resolved", NOW)
    (record,) = _records(work)
    assert [(event.kind, event.body) for event in record.events] == [
        ("reopen", "again"), ("note", "seen"), ("status", "resolved"),
    ]  # fmt: skip
    assert (ended_at(record), identified_at(record)) == (NOW, root.opened_at)
    assert record.minutes == 7

    work.incidents.part(merged)
    parted, alone = _records(work)
    assert [event.kind for event in parted.events] == ["set", "reopen", "note", "status"]
    assert [event.kind for event in alone.events] == ["status"]


def test_a_promise_is_kept_as_the_rest_of_the_ledger_says(work):
    incident, other = _add(work), _add(work)
    own = _told(work, incident, "acme", NOW - 5 * HOUR)
    _promise(work, incident, "acme", NOW, NOW - 5 * HOUR, message_id=own)  # its own message does not keep it
    _promise(work, incident, "acme", NOW - 4 * HOUR, NOW - 6 * HOUR)
    _promise(work, incident, "bolt", NOW - 4 * HOUR, NOW - 6 * HOUR)
    _promise(work, incident, "corvid", NOW - 4 * HOUR, NOW - 6 * HOUR)
    _told(work, incident, "bolt", NOW - 7 * HOUR)  # before it was made
    _told(work, other, "bolt", NOW - 5 * HOUR)  # about something else
    _told(work, incident, "bolt", None)  # did not arrive
    _told(work, incident, "corvid", NOW - HOUR, NOW - 2 * HOUR)  # late; at the first address two hours ago

    record = _records(work)[1]
    assert sorted(record.promises) == sorted(work.promises.of_incident(incident))
    assert {(one.client, one.made_at, one.kept_at, one.state(NOW)) for one in record.promises} == {
        ("acme", NOW - 5 * HOUR, None, "open"),
        ("acme", NOW - 6 * HOUR, NOW - 5 * HOUR, "kept"),
        ("bolt", NOW - 6 * HOUR, None, "overdue"),
        ("corvid", NOW - 6 * HOUR, NOW - 2 * HOUR, "late"),
    }
    made = [one.made_at for one in record.promises]
    assert made == sorted(made)


def test_a_client_was_told_when_a_message_first_arrived_somewhere(work):
    incident = _add(work)
    _told(work, incident, "bolt", NOW, None, NOW - HOUR, phase="monitoring", asks=1)
    _told(work, incident, "acme", NOW - 2 * HOUR)
    _told(work, incident, "acme", None, phase="resolved")
    _told(work, incident, "corvid")

    [record] = _records(work)
    assert record.told == (
        Told("acme", "identified", NOW - 2 * HOUR, False),
        Told("bolt", "monitoring", NOW - HOUR, True),
    )


def test_a_submission_shows_when_it_left_where_it_stands_and_who_answered(work):
    incident = _add(work)
    moves = [("draft", 9, True), ("sent", 8, True), ("sent", 7, True), ("released", 2, False)]
    changes = tuple(Change(status, NOW - days * DAY, "dana", None, hand) for status, days, hand in moves)
    first = Post("p1", "bug", "sent", "The form", "B", NOW, "dana", sent_at=NOW - 8 * DAY)
    later = replace(first, id="p2", title="Ping", sent_at=NOW - 5 * DAY)
    more: dict[str, Any] = {"posts": (first, later), "changes": changes, "status": "released", "fixed_in": "1.3"}
    more |= {"patch": ONE, "remote_url": "https://forge.example/1", "channel": "github-issue"}
    known = work.submissions.get(_submit(work, incident, None, **more))
    remarks = [Remark(f"{n}", NOW - n * DAY, "x", "comment", "words", human) for n, human in ((3, True), (6, False))]
    work.submissions.add_remarks(known, remarks, now=NOW)
    draft = _submit(work, incident, None)

    sent, unsent = _records(work)[0].upstream
    assert (sent.name, sent.channel, sent.component, sent.status) == (
        known.name, "github-issue", "plugin/tidy-forms", "released"
    )  # fmt: skip
    assert (sent.title, sent.patch, sent.url, sent.fixed_in) == ("The form", ONE, "https://forge.example/1", "1.3")
    assert sent.sent_at == NOW - 8 * DAY
    assert sent.moves == (
        Move("draft", NOW - 9 * DAY, True), Move("sent", NOW - 8 * DAY, True), Move("released", NOW - 2 * DAY, False)
    )  # fmt: skip
    assert sent.answers == (Answer(NOW - 6 * DAY, False), Answer(NOW - 3 * DAY, True))
    assert (unsent.name, unsent.sent_at, unsent.moves, unsent.answers) == (draft, None, (), ())


def test_a_submission_without_an_incident_belongs_to_that_of_its_patch(work):
    own, other = _add(work), _add(work)
    _apply(work, NOW, releases=[_release("1.0")], patches=[_patch(ONE, own), _patch(TWO)])
    by_patch = _submit(work, None, NOW, patch=ONE)
    elsewhere = _submit(work, other, NOW, patch=ONE)
    _submit(work, None, NOW, patch=TWO)
    _submit(work, None, NOW, patch="pw-cccccccccc")
    _submit(work, None, NOW)

    found = {record.name: [one.name for one in record.upstream] for record in _records(work)}
    assert found == {"INC-1": [by_patch], "INC-2": [elsewhere]}


def test_the_turn_is_that_of_the_morning_and_nobodys_where_it_is_closed(work):
    going_on, closed = _add(work), _add(work, status="closed")
    _promise(work, going_on, "bolt", NOW + MINUTE, NOW)

    assert [(one.turn, one.turn_why) for one in _records(work)] == [
        ("nobody", "closed"),
        work.due.turn_of(going_on, NOW),
    ]
    assert work.history.record(going_on, NOW).turn == "us"
    assert work.history.record(closed, NOW).turn_why == work.due.turn_of(closed, NOW)[1]
    given = work.history.records(since=SINCE, now=NOW, turns=[])
    assert {one.turn for one in given} == {"nobody"}


def test_incidents_that_are_read_in_several_goes_are_those_that_are_read_at_once(work, monkeypatch):
    for number in range(1, 13):
        over = number in (3, 4, 5, 6, 7, 8, 9)  # a gap in the numbers of what is wanted
        incident = _add(work, title=f"{number}", opened_at=NOW - 200 * DAY, status="identified")
        if over:
            _status(work, incident, "closed", NOW - 199 * DAY)
        work.incidents.add_call(incident, Call("acme", "acme", None, "mail", f"{number}", None, NOW, NOW, "dana"))
    work.incidents.merge(work.incidents.get("12"), work.incidents.get("1"))
    at_once = _records(work)
    assert [[call.words for call in record.calls] for record in at_once] == [["11"], ["10"], ["2"], ["1", "12"]]
    for most, far in ((1, 50), (2, 50), (1000, 2)):
        monkeypatch.setattr(history, "_MOST", most)
        monkeypatch.setattr(history, "_FAR", far)
        assert _records(work) == at_once


def test_ten_times_the_incidents_are_read_with_the_same_few_statements(work, monkeypatch):
    asked: list[str] = []
    rows = work._connection.rows
    monkeypatch.setattr(work._connection, "rows", lambda sql, given: (asked.append(sql), rows(sql, given))[1])
    counts = []
    for incidents in (3, 30):
        for _incident in range(incidents):
            incident = _add(work)
            work.incidents.add_call(incident, Call("acme", "acme", None, "mail", "no", None, NOW, NOW, "dana"))
            _submit(work, incident, NOW)
        asked.clear()
        found = _records(work)
        assert {(len(one.calls), len(one.upstream)) for one in found} == {(1, 1)}
        counts.append((len(found), len(asked)))
    (few, before), (many, after) = counts
    assert (few, many) == (3, 33)
    assert before == after <= 24


def test_an_empty_ledger_has_no_history(work):
    assert _records(work) == []
    assert (work.history.components(), work.history.forks(), work.history.built()) == ({}, [], {})


# Clients, sites and components


def test_clients_and_sites_go_by_their_slugs_and_a_forgotten_client_has_no_name(work):
    work.clients.update(replace(work.clients.get("bolt"), name=FORGOTTEN))
    work.sites.add(Site("zz-lead", "bolt", url="https://zz.example", tier="lead"), at=NOW)

    assert work.history.clients() == {
        "acme": ClientFact("acme", "Acme"),
        "bolt": ClientFact("bolt", FORGOTTEN),
        "corvid": ClientFact("corvid", "Corvid"),
    }
    assert list(work.history.sites()) == ["acme", "bolt", "corvid", "zz-lead"]
    assert work.history.sites()["zz-lead"] == SiteFact("zz-lead", "bolt", "lead", "https://zz.example")


def test_a_component_has_the_versions_that_run_by_the_release_below_them(work):
    _apply(work, NOW, releases=[_release("1.10")])
    build = {"version": "1.10.0.0-p1", "base_version": "1.10", "fingerprint": "f", "tree": "a" * 40}
    _apply(work, NOW, builds=[build])
    work.vendors.set(TIDY, Vendor("Tidy Ltd", ()))
    _import(work, "acme", (TIDY, "1.10.0.0-p1"), (OTHER, None))
    _import(work, "bolt", (TIDY, "1.10"))
    _import(work, "corvid", (TIDY, "1.9"))
    _import(work, "corvid", (TIDY, "1.9.1"))  # in place of 1.9

    tidy, other = work.history.components()["plugin/tidy-forms"], work.history.components()["plugin/other"]
    assert tidy.versions == (("1.9.1", 1, 0), ("1.10", 2, 1))
    assert (tidy.name, tidy.vendor, tidy.sites) == ("Tidy-Forms", "Tidy Ltd", 3)
    assert (other.versions, other.vendor, other.support) == ((("", 1, 0),), None, None)


def test_components_are_what_runs_now_and_what_incidents_and_forks_are_about(work):
    _import(work, "acme", (OTHER, "1.0"))
    forked, named, running = (Component("plugin", name) for name in ("forked", "named", "running"))
    _import(work, "acme", (running, "1.0"))  # in place of the other one
    _add(work, component=None, with_components=(named,))
    _apply(work, NOW, forked, releases=[_release("1.0")])
    work.components.get_or_create(CORE)
    work.components.get_or_create(PHP)
    assert list(work.history.components()) == ["plugin/forked", "plugin/named", "plugin/running"]

    _add(work, component=PHP, with_components=())
    assert list(work.history.components()) == ["php", "plugin/forked", "plugin/named", "plugin/running"]


def test_support_is_what_the_directory_says_of_the_forum(work):
    for slug, told in (("tidy-forms", (9, 4)), ("other", (None, None))):
        _import(work, "acme", (Component("plugin", slug), "1.0"))
        threads, resolved = told
        entry = DirectoryEntry("plugin", slug, "open", support_threads=threads, support_threads_resolved=resolved)
        work.catalog.keep_entry(entry, at=NOW)
        assert work.history.components()[f"plugin/{slug}"].support == ((4, 9) if threads else None)


# Forks


def _fork(work: Any, incident: Incident | None = None) -> None:
    """Two patches on 1.9, of which one has landed in 1.10."""
    _apply(work, NOW - 9 * DAY, releases=[_release("1.9")])
    _apply(work, NOW - 8 * DAY, patches=[_patch(ONE, incident)], stacks=[{"version": "1.9", "patches": [ONE]}])
    _apply(work, NOW - 7 * DAY, patches=[_patch(TWO)], stacks=[{"version": "1.9", "patches": [TWO, ONE]}])
    build = {"base_version": "1.9", "fingerprint": "f", "tree": "a" * 40}
    for number, days in ((10, 4), (9, 5)):
        _apply(work, NOW - days * DAY, builds=[build | {"version": f"1.9.0.0-p{number}"}])
    drop = {"patch": TWO, "version": "1.10", "verdict": "landed", "evidence": []}
    _apply(work, NOW - 3 * DAY, releases=[_release("1.10")])
    _apply(work, NOW - 2 * DAY, stacks=[{"version": "1.10", "patches": [ONE]}], drops=[drop])


def test_a_fork_is_as_its_index_has_it(work):
    _fork(work)
    _apply(work, NOW, OTHER, releases=[_release("2.0")])

    bare, fork = work.history.forks()
    assert (bare.component, bare.stacks, bare.patches, bare.carried) == ("plugin/other", {}, {}, ())
    assert fork.component == "plugin/tidy-forms"
    assert fork.releases == (("1.9", NOW - 9 * DAY), ("1.10", NOW - 3 * DAY))
    assert list(fork.stacks.items()) == [("1.9", (TWO, ONE)), ("1.10", (ONE,))]
    assert (fork.patched, fork.carried) == ("1.10", (ONE,))
    assert fork.drops == (DropFact(TWO, "1.10", "landed", NOW - 2 * DAY),)
    assert fork.builds == (("1.9.0.0-p9", "1.9"), ("1.9.0.0-p10", "1.9"))
    assert work.history.built() == {
        ("plugin/tidy-forms", "1.9.0.0-p9"): NOW - 5 * DAY,
        ("plugin/tidy-forms", "1.9.0.0-p10"): NOW - 4 * DAY,
    }
    assert list(fork.patches) == [ONE, TWO]
    assert (fork.patches[ONE].made_at, fork.patches[TWO].made_at) == (NOW - 8 * DAY, NOW - 7 * DAY)
    assert (fork.patches[ONE].title, fork.patches[ONE].origin) == (f"Mend {ONE}", "1.0")


def test_a_stack_that_all_patches_have_left_is_empty_and_nothing_is_carried(work):
    _fork(work)
    drop = {"patch": ONE, "version": "1.11", "verdict": "landed", "evidence": []}
    _apply(work, NOW - DAY, releases=[_release("1.11")], stacks=[{"version": "1.11", "patches": []}], drops=[drop])
    _apply(work, NOW, releases=[_release("1.12")])

    fork = work.history.forks()[0]
    assert list(fork.stacks.items()) == [("1.9", (TWO, ONE)), ("1.10", (ONE,)), ("1.11", ())]
    assert (fork.patched, fork.carried) == ("1.11", ())


def test_the_newest_stance_of_a_patch_counts(work):
    _fork(work)
    for stance, reason in (("never", "ours"), ("send", "theirs after all")):
        work.patches.add_stance(Stance(ONE, stance, reason, date(2026, 12, 1), NOW, "kim"))

    patches = work.history.forks()[0].patches
    assert (patches[ONE].stance, patches[ONE].reason) == ("send", "theirs after all")
    assert (patches[TWO].stance, patches[TWO].reason) == (None, None)


def test_a_patch_is_forwarded_by_what_was_sent_of_it_or_of_its_incident(work):
    incident, merged = _add(work), _add(work)
    _fork(work, merged)
    draft = _submit(work, None, None, patch=TWO)
    _submit(work, merged, NOW - HOUR, patch="pw-cccccccccc")  # of another patch
    about = _submit(work, incident, NOW - 2 * HOUR)
    own = _submit(work, None, NOW - HOUR, patch=ONE)
    work.incidents.merge(merged, incident)

    patches = work.history.forks()[0].patches
    assert (patches[ONE].incident, patches[ONE].forwarded_at) == ("INC-1", NOW - 2 * HOUR)
    assert patches[ONE].submissions == (about, own)
    assert (patches[TWO].incident, patches[TWO].forwarded_at, patches[TWO].submissions) == (None, None, (draft,))


@pytest.mark.parametrize(
    ("becomes", "asks"),
    [
        ("1 carried, 1 conflict", True),
        ("1 landed-variant", True),
        ("2 would-double", True),
        ("1 carried, 1 landed", False),
        ("11 landed", False),
    ],
)
def test_a_fork_asks_for_a_person_as_the_check_said_until_somebody_has_decided(work, becomes, asks):
    _fork(work)
    _apply(work, NOW, releases=[_release("1.11")])
    said = f"plugin/tidy-forms 1.11 is out: {becomes}"
    others = [Finding("watch-error", "plugin/tidy-forms", "no conflict"), Finding("security", "x", "y", {"a": 1})]
    work.findings.replace([Finding("release", "plugin/tidy-forms", said), *others], at=NOW)

    assert work.history.forks()[0].conflict == (said if asks else None)
    _apply(work, NOW, stacks=[{"version": "1.11", "patches": [ONE]}])
    assert work.history.forks()[0].conflict is None


def test_words_of_strangers_come_as_they_are(work):
    words = "<script>alert(1)</script> \u202e'\" \n" + "x" * 10_000
    work.vendors.set(TIDY, Vendor("<b>Tidy</b>", ()))
    incident = _add(work, title=words)
    work.incidents.add_event(incident, Event(NOW, NOW, words, "note", "internal", words))
    _submit(work, incident, NOW, posts=(Post("p", "bug", "sent", words, words, NOW, "dana", sent_at=NOW),))

    [record] = _records(work)
    assert (record.title, record.vendor, record.upstream[0].title) == (words, "<b>Tidy</b>", words)
    assert (record.events[0].actor, record.events[0].body) == (words, words)

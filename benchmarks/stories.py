"""Two years of a large agency: 10,000 incidents with all that was said, promised, sent and worked in them."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from agency import Agency, PatchMade, Plugin, Rows, incident_id, patch_ids, text

INCIDENTS, OPEN = 10_000, 300

_HEARD = ("phone",) * 9 + ("mail",) * 6 + ("chat",) * 2 + ("monitor",) * 2 + ("self",)
_TRIGGERS = ("update",) * 14 + ("core:6.9", "core:6.8", "php:8.3", "conflict", "unknown")
_SEVERITIES = {"critical": 5, "high": 25, "medium": 45, "low": 25}
_CHANNELS = ("github-pr", "github-issue", "github-issue", "forum", "forum", "email", "email", "ticket", "trac")
_ENDS = ("released", "released", "released", "accepted", "rejected", "withdrawn", "sent")
_WHAT = ("breaks the checkout", "shows an empty page", "sends no mail", "loses what was typed", "is slow", "logs out")
_WORDS = "Nobody can order anything since this morning, and the page with the form is empty. Please call back."
_BODY = "Hello Maria,\n\nThank you for calling. " + "We are looking into it right now. " * 12
_MINUTE, _HOUR, _DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@dataclass
class Plan:
    """What is decided of an incident before anything is written."""

    number: int
    at: datetime
    plugin: Plugin | None
    component: str | None
    sites: list[int]
    is_open: bool
    patch: PatchMade | None = None
    root: int | None = None
    clients: list[int] = field(default_factory=list)


def plan_incidents(agency: Agency, chance: random.Random) -> list[Plan]:
    """When each was opened, what it is about and which sites it hits; the last ones are open. Also their patches."""
    weights = [1 / (1 + place) for place in range(len(agency.plugins))]
    moments = sorted(_working_moment(agency, chance) for _ in range(INCIDENTS))
    still_open = {
        *range(INCIDENTS - OPEN // 2, INCIDENTS),
        *chance.sample(range(INCIDENTS - 2000, INCIDENTS - OPEN), OPEN // 2),
    }
    plans = []
    for place, at in enumerate(moments):
        kind = chance.random()
        plugin = chance.choices(agency.plugins, weights)[0] if kind < 0.93 else None
        component = plugin.component if plugin else agency.platform[0] if kind < 0.96 else None
        among = plugin.sites if plugin and plugin.sites else range(len(agency.sites))
        sites = chance.sample(list(among), min(len(among), 1 + int(chance.expovariate(0.7))))
        plan = Plan(place + 1, at, plugin, component, sites, place in still_open)
        plan.clients = list(dict.fromkeys(agency.owners[site] for site in sites))
        if plans and not plan.is_open and chance.random() < 0.02:
            earlier = chance.choice(plans[-20:])
            plan.root = None if earlier.root else earlier.number
        plans.append(plan)
    _plan_patches(agency, plans, chance)
    return plans


def _working_moment(agency: Agency, chance: random.Random) -> datetime:
    """Most calls come on working days between 7 and 19 o'clock."""
    at = agency.start + timedelta(days=chance.random() * 730)
    if at.weekday() > 4 and chance.random() < 0.7:
        at -= timedelta(days=2)
    if chance.random() < 0.9:
        at = at.replace(hour=7 + int(12 * chance.random()))
    return min(max(at, agency.start), agency.now - _MINUTE)


def _plan_patches(agency: Agency, plans: list[Plan], chance: random.Random) -> None:
    by_plugin: dict[int, list[Plan]] = {}
    for plan in plans:
        if plan.plugin and not plan.root:
            by_plugin.setdefault(plan.plugin.place, []).append(plan)
    ids = patch_ids(chance)
    for place, found in by_plugin.items():
        plugin = agency.plugins[place]
        for plan in sorted(chance.sample(found, min(len(found), chance.randint(2, 6))), key=lambda one: one.number):
            since = plugin.newest_at(plan.at)
            later = range(since + 1, len(plugin.releases))
            until = chance.choice(later) if later and chance.random() < 0.6 else None
            made_at = min(plan.at + _HOUR * chance.expovariate(0.1), agency.now)
            plan.patch = PatchMade(next(ids), plan.number, made_at, since, until)
            plugin.patches.append(plan.patch)


class Stories:
    """Writes what happened in each incident."""

    def __init__(self, rows: Rows, agency: Agency, chance: random.Random) -> None:
        self._rows, self._agency, self._chance = rows, agency, chance
        self._submissions = 0

    def write(self, plans: list[Plan]) -> None:
        """All of them, and the counters."""
        for plan in plans:
            _Story(self._rows, self._agency, self._chance, plan).write()
            if plan.component and self._chance.random() < 0.55:
                self._submissions += 1
                _Sent(self._rows, self._agency, self._chance, plan, self._submissions).write()
        for name, value in (("incident", len(plans)), ("submission", self._submissions)):
            self._rows.add("counter", name=name, value=value)


class _Story:
    """One incident: calls, verdicts, words to clients and promises, notes and holds."""

    def __init__(self, rows: Rows, agency: Agency, chance: random.Random, plan: Plan) -> None:
        self._rows, self._agency, self._chance, self._plan = rows, agency, chance, plan
        self._id = incident_id(plan.number)
        age = agency.now - plan.at
        found = plan.at + min(_HOUR * chance.lognormvariate(0.5, 1.2), age)
        helped = found + _HOUR * chance.lognormvariate(1, 1.3)
        over = helped + _DAY * chance.lognormvariate(1.5, 1)
        self._times = {"identified": found, "monitoring": helped, "resolved": over, "closed": over + 7 * _DAY}
        self._status = "investigating"

    def write(self) -> None:
        """Add the rows; what would lie ahead has not happened."""
        plan, last = self._plan, "identified" if self._chance.random() < 0.5 else "monitoring"
        for status, at in self._times.items():
            if at <= self._agency.now and not (plan.is_open and status not in ("identified", last)):
                self._status = status
        self._write_head()
        self._event(plan.at, "note", "opened")
        self._write_calls()
        self._write_verdicts()
        self._write_words()
        for status, at in self._times.items():
            if at <= self._agency.now and not (plan.is_open and status not in ("identified", last)):
                self._event(at, "status", status)
        for _note in range(1 + int(self._chance.expovariate(0.5))):
            at = min(plan.at + _HOUR * self._chance.expovariate(0.3), self._agency.now)
            self._event(at, "note", "looked at the log, tried it on the staging site", self._chance.randint(1, 18) * 5)
        if plan.plugin and self._chance.random() < 0.1:
            self._write_hold()
        if plan.number > 50 and self._chance.random() < 0.03:
            self._rows.add(
                "incident_link", incident_id=incident_id(plan.number - 40), other_id=self._id, note="the same form",
                at=text(plan.at), actor="bench",
            )  # fmt: skip

    def _write_head(self) -> None:
        plan, chance = self._plan, self._chance
        version = plan.plugin.releases[plan.plugin.newest_at(plan.at)][0] if plan.plugin else None
        name = f"plugin/{plan.plugin.slug} {version}" if plan.plugin else "WordPress 6.9"
        self._rows.add(
            "incident", id=self._id, number=plan.number, title=f"{name} {chance.choice(_WHAT)}", status=self._status,
            severity=chance.choices(list(_SEVERITIES), list(_SEVERITIES.values()))[0],
            triggered_by=chance.choice(_TRIGGERS), component_id=plan.component, version=version,
            affected=f">={version},<9.{plan.number}" if version and chance.random() < 0.5 else None,
            security=int(chance.random() < 0.03), assignee=chance.choice(("ana", "ben", "chris", None)),
            steps="1. Open the page\n2. Send the form", expected="A thank-you page", actual="An empty page",
            workaround="Switch the cache off" if chance.random() < 0.2 else None, opened_at=text(plan.at),
            recorded_at=text(plan.at), actor="bench", merged_into=incident_id(plan.root) if plan.root else None,
        )  # fmt: skip

    def _write_calls(self) -> None:
        plan, chance = self._plan, self._chance
        for place, site in enumerate(plan.sites[:3]):
            at = min(plan.at + place * _HOUR * chance.random(), self._agency.now)
            heard = chance.choice(_HEARD)
            self._rows.add(
                "client_call", id=None, incident_id=self._id, client_id=self._agency.clients[self._agency.owners[site]],
                site_id=self._agency.sites[site], caller="Maria", heard=heard, words=_WORDS, ticket=None, at=text(at),
                recorded_at=text(at), actor="bench",
            )  # fmt: skip
            self._event(at, "call", f"{heard}: site-{site:04} (client-{self._agency.owners[site]:03})")

    def _write_verdicts(self) -> None:
        plan, chance = self._plan, self._chance
        for place, site in enumerate(plan.sites):
            steps = [("affected" if place < 3 else "in_triage", plan.at)]
            if place >= 3:
                steps.append((chance.choice(("affected", "affected", "not_affected")), self._times["identified"]))
            if steps[-1][0] == "affected" and not (plan.is_open and chance.random() < 0.6):
                steps.append(("mitigated", self._times["monitoring"]))
            if steps[-1][0] == "mitigated" and not plan.is_open:
                steps.append(("resolved", self._times["resolved"]))
            for state, at in steps:
                if at <= self._agency.now:
                    self._rows.add(
                        "impact", id=None, incident_id=self._id, site_id=self._agency.sites[site], state=state,
                        justification=None, at=text(at), actor="bench",
                    )  # fmt: skip

    def _write_words(self) -> None:
        plan, chance, now = self._plan, self._chance, self._agency.now
        for client in plan.clients[:3]:
            said = [("investigating", plan.at + _MINUTE * chance.lognormvariate(3.4, 1))]
            said += [(status, at + _MINUTE * 20) for status, at in self._times.items() if status != "closed"]
            ends = len(said) if not plan.is_open else chance.choice((0, 1, 2, 2, 2))
            said = [(phase, at) for phase, at in said[:ends] if at <= now and chance.random() < 0.93]
            self._promise(client, plan.at, None)
            for phase, at in sorted(said, key=lambda one: one[1]):
                message = self._message(client, phase, at)
                if phase != "resolved" and not (plan.is_open and chance.random() < 0.8):
                    self._promise(client, at, message)

    def _message(self, client: int, phase: str, at: datetime) -> str:
        message = self._rows.add(
            "message", id=None, incident_id=self._id, client_id=self._agency.clients[client], phase=phase, round=1,
            state="done", road="smtp", language="en", subject="Your website", body=_BODY, edited=0,
            asks=int(self._chance.random() < 0.05), next_due=None, mail_id="<1@bench.example>", created_at=text(at),
            changed_at=text(at), actor="bench",
        )  # fmt: skip
        lost = self._plan.is_open and self._chance.random() < 0.03
        self._rows.add(
            "delivery", message_id=message, address=f"maria@client-{client:03}.example", name="Maria",
            state="refused" if lost else "sent", tries=1, tried_at=text(at), sent_at=None if lost else text(at),
        )  # fmt: skip
        self._event(at, "message", f"{phase} sent to client-{client:03}")
        return message

    def _promise(self, client: int, at: datetime, message: str | None) -> None:
        wait = _HOUR * self._chance.choice((1, 1, 4, 24))
        self._rows.add(
            "promise", id=None, incident_id=self._id, client_id=self._agency.clients[client], due_at=text(at + wait),
            made_at=text(at), actor="bench", message_id=message,
        )  # fmt: skip

    def _write_hold(self) -> None:
        plan, at = self._plan, self._times["identified"]
        lifted = None if plan.is_open else self._times["resolved"]
        lifted = None if lifted and lifted > self._agency.now else lifted
        self._rows.add(
            "hold", id=None, incident_id=self._id, component_id=plan.component,
            versions=f">=2.{plan.plugin.newest_at(plan.at)}" if plan.plugin else ">=0", reason="it breaks the form",
            until="a fixed release", at=text(min(at, self._agency.now)), actor="bench",
            lifted_at=text(lifted) if lifted else None, lifted_by="bench" if lifted else None,
        )  # fmt: skip

    def _event(self, at: datetime, kind: str, body: str, minutes: int | None = None) -> None:
        client = self._plan.clients[0] if minutes and self._plan.clients and self._chance.random() < 0.3 else None
        self._rows.add(
            "event", id=None, incident_id=self._id, at=text(at), recorded_at=text(at), actor="bench", kind=kind,
            visibility="internal", body=body, minutes=minutes,
            client_id=None if client is None else self._agency.clients[client],
        )  # fmt: skip


class _Sent:
    """What was written to the vendor about one incident."""

    def __init__(self, rows: Rows, agency: Agency, chance: random.Random, plan: Plan, number: int) -> None:
        self._rows, self._agency, self._chance, self._plan, self._number = rows, agency, chance, plan, number
        self._id = f"submission-{number:06}"

    def write(self) -> None:
        """The submission, its texts, its history and the answers."""
        plan, chance, now = self._plan, self._chance, self._agency.now
        at = plan.at + _HOUR * chance.lognormvariate(2.5, 1.2)
        steps = [("draft", plan.at), *(("sent", at) for _once in range(at <= now))]
        answers = [] if chance.random() < 0.3 else list(self._answers(at))
        if len(steps) > 1:
            end = at + _DAY * chance.lognormvariate(3.2, 1)
            status = chance.choice(_ENDS)
            if answers:
                steps.append(("confirmed", min(answers) + _HOUR))
            if status != "sent":
                steps.append((status, end))
        steps = [(status, moment) for status, moment in steps if moment <= now]
        self._write_head(steps[-1][0])
        for status, moment in steps:
            self._rows.add(
                "submission_change", id=None, submission_id=self._id, status=status, note=None,
                by_hand=int(status in ("draft", "sent")), at=text(moment), actor="bench",
            )  # fmt: skip
        self._write_post(0, at)
        if len(steps) > 1 and not answers and at + 8 * _DAY <= now:
            self._write_post(1, at + 8 * _DAY)
        for place, moment in enumerate(answers):
            self._rows.add(
                "remark", submission_id=self._id, remote_id=str(place), at=text(moment), who="vendor", kind="comment",
                words="Thank you, we look into it.", human=int(place > 0 or chance.random() < 0.7),
                seen_at=text(moment),
            )  # fmt: skip

    def _answers(self, at: datetime) -> Iterator[datetime]:
        for _answer in range(self._chance.randint(1, 3)):
            at += _DAY * self._chance.lognormvariate(1, 1.2)
            if at <= self._agency.now:
                yield at

    def _write_head(self, status: str) -> None:
        plan, patch = self._plan, self._plan.patch
        bare = patch is not None and self._number % 5 == 0  # belongs to its patch, and so to the patch's incident
        releases = plan.plugin.releases if plan.plugin else [("6.9", plan.at)]
        self._rows.add(
            "submission", id=self._id, number=self._number, incident_id=None if bare else incident_id(plan.number),
            patch_id=patch.id if patch else None, component_id=plan.component, channel=self._chance.choice(_CHANNELS),
            status=status, target="vendor/plugin", remote_url=f"https://forge.example/vendor/plugin/{self._number}",
            fixed_in=releases[-1][0] if status == "released" else None, created_at=text(plan.at), actor="bench",
        )  # fmt: skip

    def _write_post(self, position: int, at: datetime) -> None:
        left = at <= self._agency.now
        self._rows.add(
            "post", id=None, submission_id=self._id, position=position, kind="follow-up" if position else "bug",
            state="sent" if left else "draft", title="The form is empty", body=_BODY, mail_id="<2@bench.example>",
            step=1 if position else None, as_draft=0, created_at=text(self._plan.at),
            tried_at=text(at) if left else None, sent_at=text(at) if left else None, actor="bench",
        )  # fmt: skip
        if left:
            self._rows.add(
                "event", id=None, incident_id=incident_id(self._plan.number), at=text(at), recorded_at=text(at),
                actor="bench", kind="submission", visibility="vendor", body=f"SUB-{self._number} sent", minutes=None,
                client_id=None,
            )  # fmt: skip

"""Boards for the tests of the agency's report: empty, full, and of hostile words. Not a test itself."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from plugwatch.model.component import Component
from plugwatch.model.evidence.matrix import OnSite
from plugwatch.model.hold import Hold
from plugwatch.model.incident import Call, Event, Impact
from plugwatch.model.reports.board import Board
from plugwatch.model.reports.records import (
    Answer,
    ClientFact,
    ComponentFact,
    DropFact,
    ForkFact,
    Move,
    PatchFact,
    Record,
    SiteFact,
    Upstream,
)
from plugwatch.model.today import Today

ZONE = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 22, 18, 0, tzinfo=ZONE)
HOSTILE = (
    "<script>window.hit = 1</script>",
    '"><img src=x onerror="window.hit = 1">',
    "</td></table></main><style>body{display:none}</style>",
    "\u202egnp.exe \u2066\u200b\u0007\u001b[31mred\0",
    "W" * 10_000,
    "{{ 7 * 7 }}{% raw %} javascript:window.hit=1",
    "&lt;b&gt; &amp;amp; ' onmouseover='window.hit = 1",
)


def ago(days: float) -> datetime:
    """The moment so many days before NOW."""
    return NOW - timedelta(days=days)


def board(**facts: Any) -> Board:
    """A board of the last year; every part that is not given is empty."""
    empty: dict[str, Any] = {
        "agency": "North Street",
        "now": NOW,
        "since": ago(365),
        "records": (),
        "clients": {},
        "sites": {},
        "components": {},
        "forks": (),
        "matrix": (),
        "today": Today(NOW, None),
    }
    return Board(**{**empty, **facts})


def record(number: int, days: float, component: str | None = "plugin/tidy-forms", **facts: Any) -> Record:
    """An incident that was opened so many days ago; an open one of high severity, unless said otherwise."""
    opened = ago(days)
    usual: dict[str, Any] = {
        "name": f"INC-{number}",
        "number": number,
        "title": f"{component} breaks",
        "status": "identified",
        "severity": "high",
        "trigger": "update",
        "opened_at": opened,
        "component": component,
        "turn": "us",
    }
    return Record(**{**usual, **facts})


def worked(days: float, minutes: int) -> Event:
    """A note of work so many days ago."""
    return Event(ago(days), ago(days), "Ana", "note", "internal", "looked", minutes)


def called(days: float, client: str = "acme", site: str = "acme-shop") -> Call:
    """A call of a client so many days ago."""
    return Call(site, client, "Jo", "phone", "it is broken", None, ago(days), ago(days), "Ana")


def hit(days: float, state: str, client: str = "acme", site: str = "acme-shop") -> Impact:
    """A verdict on a site so many days ago."""
    return Impact(site, client, state, None, "Ana", ago(days))


def sent(number: int, days: float, channel: str = "github-issue", fixed: float | None = None, **facts: Any) -> Upstream:
    """What was sent so many days ago; ``fixed`` is how many days ago a release had it."""
    moves = (Move("sent", ago(days), False), *((Move("released", ago(fixed), False),) if fixed is not None else ()))
    usual: dict[str, Any] = {
        "name": f"SUB-{number}",
        "channel": channel,
        "component": "plugin/tidy-forms",
        "status": "sent" if fixed is None else "released",
        "title": "Escape the label",
        "url": f"https://tracker.example/{number}",
        "sent_at": ago(days),
        "moves": moves,
    }
    return Upstream(**{**usual, **facts})


def patch(letter: str, days: float, **facts: Any) -> PatchFact:
    """A patch that was made so many days ago for 1.2.3."""
    return PatchFact(
        **{"id": f"pw-{letter * 10}", "title": f"Fix {letter}", "origin": "1.2.3", "made_at": ago(days), **facts}
    )


def fork(component: str = "plugin/tidy-forms", **facts: Any) -> ForkFact:
    """A fork of three releases: ``a`` is carried on all, ``b`` landed in the last one, ``c`` was made for that one."""
    one, two, three = patch("a", 90), patch("b", 60, forwarded_at=ago(50), submissions=("SUB-1",)), patch("c", 5)
    usual: dict[str, Any] = {
        "component": component,
        "releases": (("1.2.3", ago(100)), ("1.2.4", ago(40)), ("1.3", ago(10))),
        "stacks": {"1.2.3": (one.id, two.id), "1.2.4": (one.id, two.id), "1.3": (one.id, three.id)},
        "patches": {known.id: known for known in (one, two, three)},
        "drops": (DropFact(two.id, "1.3", "landed", ago(9)),),
        "builds": (("1.2.4.0-p1", "1.2.4"), ("1.3.0.0-p1", "1.3")),
    }
    return ForkFact(**{**usual, **facts})


def on_site(site: str, state: str, component: str = "tidy-forms", **facts: Any) -> OnSite:
    """A plugin on a site, as a look found it: with the patches ``a`` and ``c``."""
    there = {"patched": "there", "tampered": "changed", "unknown": "unsure"}.get(state, "missing")
    usual: dict[str, Any] = {
        "site": site,
        "client": site.partition("-")[0],
        "client_name": site.partition("-")[0].title(),
        "component": Component("plugin", component),
        "build": "1.3.0.0-p1",
        "wanted": "1.3.0.0-p1",
        "patches": (("pw-aaaaaaaaaa", there), ("pw-cccccccccc", there)),
        "state": state,
        "certainty": "verified",
        "version": "1.3.0.0-p1" if state == "patched" else "1.3",
        "seen_at": ago(1),
        "why": "all files are as in the build",
    }
    return OnSite(**{**usual, **facts})


def hold(versions: str = ">=1.2.4,<1.3", days: float = 20, component: str = "tidy-forms", **facts: Any) -> Hold:
    """A hold that was set so many days ago."""
    usual = {"reason": "it loses orders", "until": "a release with the fix", "actor": "Ana"}
    return Hold("INC-1", Component("plugin", component), versions, at=ago(days), **{**usual, **facts})


def full_board() -> Board:
    """A bit of everything, at 90 an hour."""
    answered = (Answer(ago(45), True),)
    records = (
        record(
            1,
            20,
            affected=">=1.2.4,<1.3",
            vendor="Tidy Works",
            calls=(called(20),),
            impacts=(hit(20, "affected"), hit(19, "mitigated")),
            events=(worked(20, 90), worked(19, 30)),
            holds=(hold(), hold("=1.1", 200, lifted_at=ago(100), lifted_why="1.2 is out")),
        ),
        record(
            2,
            61,
            vendor="Tidy Works",
            status="closed",
            severity="critical",
            turn="nobody",
            upstream=(sent(1, 50, fixed=10, patch="pw-bbbbbbbbbb", answers=answered),),
            events=(worked(60, 60),),
        ),
        record(3, 40, vendor="Tidy Works", turn="vendor", upstream=(sent(2, 30, answers=answered),)),
        record(4, 35, vendor="Tidy Works", turn="vendor", upstream=(sent(3, 34, "forum"),)),
        record(
            5,
            15,
            "plugin/shop-lite",
            upstream=(sent(4, 12, "email", component="plugin/shop-lite"),),
            events=(worked(14, 240),),
        ),
        record(6, 2, None, title="A white page"),
    )
    return board(
        records=tuple(sorted(records, key=lambda one: one.opened_at, reverse=True)),
        clients={"acme": ClientFact("acme", "Acme"), "bolt": ClientFact("bolt", "Bolt")},
        sites={"acme-shop": SiteFact("acme-shop", "acme", "shop", None)},
        components={
            one.component: one
            for one in (
                ComponentFact(
                    "plugin/tidy-forms",
                    "Tidy Forms",
                    "Tidy Works",
                    (("1.2.3", 4, 0), ("1.2.4", 3, 1), ("1.3", 8, 6)),
                    (3, 4),
                ),
                ComponentFact("plugin/shop-lite", "Shop Lite", None, (("2.0", 21, 0),)),
                ComponentFact("plugin/quiet-one", "Quiet One", None, (("1.0", 30, 0),)),
            )
        },
        forks=(fork(), fork("theme/plain", conflict="pw-aaaaaaaaaa conflicts in style.css", builds=())),
        matrix=(
            on_site("acme-shop", "lost", incidents=("INC-1",)),
            on_site("acme-blog", "patched"),
            on_site("bolt-site", "patched", certainty="claimed"),
            on_site("bolt-info", "tampered"),
            on_site("cape-site", "unknown", certainty="claimed", seen_at=None, version=None),
        ),
        hourly_rate=90.0,
    )


def hostile_board() -> Board:
    """The full one, with hostile words wherever somebody else may have written them."""
    full, words = full_board(), _Words()
    records = tuple(_hostile_record(one, words) for one in full.records)
    matrix = tuple(
        replace(one, client_name=words.next(), site=words.next(), why=words.next(), version=words.next())
        for one in full.matrix
    )
    forks = tuple(
        replace(
            one,
            conflict=words.next(),
            patches={
                key: known._replace(title=words.next(), reason=words.next(), stance="wait")
                for key, known in one.patches.items()
            },
        )
        for one in full.forks
    )
    components = {
        key: replace(one, name=words.next(), vendor=words.next(), versions=((words.next(), 3, 1), *one.versions))
        for key, one in full.components.items()
    }
    return replace(full, agency=words.next(), records=records, matrix=matrix, forks=forks, components=components)


class _Words:
    def __init__(self) -> None:
        self._used = 0

    def next(self) -> str:
        """The next of the hostile words, around and around."""
        self._used += 1
        return HOSTILE[self._used % len(HOSTILE)]


def _hostile_record(one: Record, words: _Words) -> Record:
    return replace(
        one,
        title=words.next(),
        vendor=words.next() if one.component else None,
        turn_why=words.next(),
        holds=tuple(replace(known, reason=words.next(), until=words.next()) for known in one.holds),
        upstream=tuple(replace(known, title=words.next(), url="javascript:window.hit=1") for known in one.upstream),
    )

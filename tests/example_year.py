"""A year of the example agency, told by its own commands: small enough to be added up by hand, rich enough to look at.

Not a test itself. Use::

    from example_year import NOW, copy_year

    copy_year(tmp_path_factory, folder)

Each :class:`Trouble` says when things happened, in minutes or days after the call; nothing else decides what the
reports must show.
"""

from __future__ import annotations

import contextlib
import fcntl
import io
import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from plugwatch.cli.context import App
from plugwatch.cli.main import run

EXAMPLES = Path(__file__).parents[1] / "examples"
BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=BERLIN)  # a Monday
SETTINGS = """
[agency]
name = "Fernhill Web"
email = "dev@fernhill.example"
url = "https://fernhill.example"
signature = "The Fernhill Web team"
timezone = "Europe/Berlin"
hours = "24/7"
hourly_rate = 90

[messages]
via = "file"
"""
CLIENTS = (
    ("brightside-bikes", "Brightside Bikes", "en"),
    ("northgate-dental", "Northgate Dental", "en"),
    ("oakridge-choir", "Oakridge Choir", "en"),
    ("harbour-hotel", "Harbour Hotel", "en"),
    ("lindenhof", "Gärtnerei Lindenhof", "de"),
)
SITES = (
    ("brightside-shop", "brightside-bikes", "shop"),
    ("brightside-blog", "brightside-bikes", "info"),
    ("northgate-dental", "northgate-dental", "lead"),
    ("northgate-jobs", "northgate-dental", "lead"),
    ("oakridge-choir", "oakridge-choir", "info"),
    ("harbour-hotel", "harbour-hotel", "shop"),
    ("lindenhof", "lindenhof", "lead"),
)
# What runs where now: the component, and its version on each site.
RUNS = {
    "tidy-forms": {site: "1.2.4" for site, _client, _tier in SITES}
    | {"brightside-shop": "1.2.5", "lindenhof": "1.2.3"},
    "cart-pebble": {"brightside-shop": "4.1.0", "harbour-hotel": "4.1.0"},
    "slide-lantern": {"brightside-blog": "2.8.1", "oakridge-choir": "2.8.1", "harbour-hotel": "2.8.0"},
    "cache-otter": {site: "3.3" for site, _client, _tier in SITES[:5]},
}
VENDORS = {
    "tidy-forms": "Larkspur",
    "cart-pebble": "Pebbleworks",
    "slide-lantern": "Quillsoft",
    "cache-otter": "Quillsoft",
}


@dataclass(frozen=True)
class Upstream:
    """What was sent to the vendor: days after the call, and days after that until they answered and shipped."""

    channel: str
    sent: float
    answered: float | None = None
    released: tuple[float, str] | None = None


@dataclass(frozen=True)
class Trouble:
    """One incident. Minutes count from the call; ``None`` has not happened yet.

    ``heard``: a call by phone is answered at once; else ``first`` is when the first message left. ``others`` are
    further sites that it hit. ``mitigated`` is when each site worked again, in the order of the sites.
    """

    at: str
    site: str
    component: str
    version: str
    words: str
    title: str
    effect: str
    heard: str = "phone"
    first: int | None = None
    others: tuple[str, ...] = ()
    mitigated: tuple[int, ...] = ()
    ended: int | None = None
    worked: int = 30
    told_the_end: bool = True
    upstream: Upstream | None = None
    seen_before: str | None = None
    next_on: str | None = None

    @property
    def watched(self) -> int | None:
        """When clients were told that it works again: two minutes after the last site did."""
        done = len(self.mitigated) == 1 + len(self.others)
        return max(self.mitigated) + 2 if done else None

    @property
    def next_word(self) -> datetime | None:
        """When the last message says that the next one comes."""
        return datetime.fromisoformat(self.next_on).replace(tzinfo=BERLIN) if self.next_on else None

    @property
    def began(self) -> datetime:
        """When the call came."""
        return datetime.fromisoformat(self.at).replace(tzinfo=BERLIN)


HOUR, DAY = 60, 24 * 60
TROUBLES = (
    Trouble(
        "2025-12-09 10:20",
        "harbour-hotel",
        "cart-pebble",
        "4.0.2",
        words="guests cannot pay",
        title="The card form does not load at checkout",
        effect="guests cannot pay by card",
        first=50,
        mitigated=(90,),
        ended=3 * DAY,
        worked=150,
        upstream=Upstream("ticket", 0.25, 2, (12, "4.0.3")),
    ),
    Trouble(
        "2026-01-14 08:40",
        "northgate-jobs",
        "tidy-forms",
        "1.2.2",
        words="applications do not arrive",
        title="Mails of forms with a file are not sent",
        effect="applications with a file do not arrive",
        heard="mail",
        first=12,
        others=("northgate-dental",),
        mitigated=(45, 60),
        ended=DAY,
        worked=75,
        upstream=Upstream("forum", 1, 4, (20, "1.2.3")),
    ),
    Trouble(
        "2026-02-03 16:05",
        "oakridge-choir",
        "slide-lantern",
        "2.7.0",
        words="the pictures on our front page are gone",
        title="Slides without a caption are not shown",
        effect="pictures without a caption are missing",
        heard="mail",
        first=25,
        mitigated=(5 * HOUR,),
        ended=2 * DAY,
        worked=60,
        upstream=Upstream("email", 0.5),
    ),
    Trouble(
        "2026-03-29 01:30",
        "brightside-shop",
        "cache-otter",
        "3.1",
        words="the shop shows an empty basket to everybody",
        title="Pages of the basket are cached",
        effect="customers see an empty basket",
        heard="monitor",
        first=20,
        mitigated=(50,),
        ended=DAY,
        worked=90,
        upstream=Upstream("github-issue", 0.5, 1, (6, "3.1.1")),
    ),
    Trouble(
        "2026-04-21 11:00",
        "harbour-hotel",
        "slide-lantern",
        "2.7.4",
        words="the gallery turns the page white",
        title="A gallery of more than 50 pictures ends in a fatal error",
        effect="the page with the gallery stays white",
        first=55,
        mitigated=(2 * HOUR,),
        ended=4 * DAY,
        worked=45,
        told_the_end=False,
        upstream=Upstream("email", 1, 30),
    ),
    Trouble(
        "2026-06-02 09:10",
        "brightside-blog",
        "slide-lantern",
        "2.8.0",
        words="no slideshow since this morning",
        title="The slideshow does not start after the update",
        effect="the slideshow does not start",
        heard="mail",
        first=8,
        others=("oakridge-choir",),
        mitigated=(40, 3 * HOUR),
        ended=2 * DAY,
        worked=80,
        upstream=Upstream("email", 1),
        seen_before="INC-3",
    ),
    Trouble(
        "2026-07-15 14:30",
        "brightside-shop",
        "cart-pebble",
        "4.0.9",
        words="customers are charged shipping twice",
        title="Shipping is added twice to carts with a coupon",
        effect="shipping is charged twice with a coupon",
        others=("harbour-hotel",),
        mitigated=(30, 35),
        ended=2 * DAY,
        worked=120,
        upstream=Upstream("ticket", 0.25, 1, (9, "4.1.0")),
    ),
    Trouble(
        "2026-09-08 10:00",
        "lindenhof",
        "tidy-forms",
        "1.2.3",
        words="das Formular schickt nichts ab",
        title="The form does not send where a field is hidden",
        effect="the form does not send",
        heard="mail",
        first=14,
        mitigated=(70,),
        ended=DAY,
        worked=40,
        upstream=Upstream("forum", 0.5, 3, (25, "1.2.4")),
    ),
    Trouble(
        "2026-10-26 09:30",
        "northgate-dental",
        "cache-otter",
        "3.3",
        words="our opening hours are those of last week",
        title="Pages are not renewed after they were edited",
        effect="visitors see an old version of the pages",
        mitigated=(25,),
        ended=DAY,
        worked=30,
        upstream=Upstream("github-issue", 0.25, 2),
    ),
    Trouble(
        "2026-11-17 09:05",
        "brightside-shop",
        "tidy-forms",
        "1.2.4",
        words="the form says our session has expired",
        title="Visitors of cached pages cannot send the form",
        effect="visitors are told that their session has expired",
        others=("brightside-blog", "northgate-dental", "northgate-jobs"),
        first=45,
        next_on="2026-11-23 17:00",
        mitigated=(95,),
        worked=110,
        upstream=Upstream("forum", 1),
    ),
    Trouble(
        "2026-11-20 15:40",
        "oakridge-choir",
        "slide-lantern",
        "2.8.1",
        words="the slideshow covers the menu",
        title="The slideshow lies above the menu",
        effect="the menu cannot be opened below the slideshow",
        heard="mail",
        first=35,
        next_on="2026-11-23 12:00",
        worked=20,
    ),
)


class Clock:
    """The agency's clock, for every command of this process while the story is told."""

    def __init__(self, moment: datetime = NOW) -> None:
        self.now = moment

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        """Commands take their moment from here."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(App, "now", property(lambda _: self.now))
            yield


@dataclass
class Teller:
    """Runs commands at moments, in order of time, whatever order they were thought of."""

    folder: Path
    clock: Clock
    steps: list[tuple[datetime, int, tuple[str, ...]]] = field(default_factory=list)

    def __call__(self, *args: object) -> Any:
        """Run one command now; its JSON."""
        shown, said = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(shown), contextlib.redirect_stderr(said):
            ended = run(["--workspace", str(self.folder), *map(str, args), "--json"])
        assert ended in (0, 3, 4), f"plugwatch {args} ended with {ended}\n{shown.getvalue()}\n{said.getvalue()}"
        return json.loads(shown.getvalue()) if shown.getvalue() else None

    def plan(self, moment: datetime, *args: object) -> None:
        """Run a command at a moment, unless the story is over before."""
        if moment <= NOW:
            self.steps.append((moment, len(self.steps), tuple(map(str, args))))

    def tell(self) -> None:
        """Run what was planned."""
        for moment, _order, args in sorted(self.steps):
            self.clock.now = moment.replace(microsecond=0)
            self(*args)
        self.clock.now = NOW


@contextlib.contextmanager
def at_the_end_of_the_year() -> Iterator[None]:
    """For the commands that look back on it."""
    with Clock().running():
        yield


def copy_year(factory: pytest.TempPathFactory, folder: Path) -> None:
    """A copy of the year, which is told once in a run of the tests, whoever of its processes asks first."""
    shared = factory.getbasetemp()
    shared = shared.parent if "PYTEST_XDIST_WORKER" in os.environ else shared
    with (shared / "year.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (shared / "year").exists():
            write_year(shared / "year-to-be")
            (shared / "year-to-be").rename(shared / "year")
    shutil.copytree(shared / "year", folder)


def write_year(folder: Path) -> None:
    """A workspace with the year in it; everything was written by the real commands, at the moment when it happened."""
    clock = Clock(datetime(2025, 12, 1, 9, 0, tzinfo=BERLIN))
    with clock.running(), pytest.MonkeyPatch.context() as patch:
        patch.setenv("PLUGWATCH_USER", "Ana")
        teller = Teller(folder, clock)
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            assert run(["init", str(folder)]) == 0
        (folder / "plugwatch.toml").write_text(SETTINGS, encoding="utf-8")
        _sites(teller)
        for number, trouble in enumerate(TROUBLES, 1):
            _trouble(teller, number, trouble)
        _carried(teller)
        for site, _client, _tier in SITES:
            _list(teller, NOW - timedelta(hours=3), site)
        teller.tell()


def _sites(teller: Teller) -> None:
    for client, name, language in CLIENTS:
        contact = f"Front desk <desk@{client}.example>"
        teller("client", "add", client, "--name", name, "--language", language, "--contact", contact)
    for site, client, tier in SITES:
        teller("site", "add", site, "--client", client, "--tier", tier, "--url", f"https://{site}.example")
        _list(teller, datetime(2025, 12, 1, 10, 0, tzinfo=BERLIN), site)
    for component, vendor in VENDORS.items():
        at = datetime(2025, 12, 1, 11, 0, tzinfo=BERLIN)
        teller.plan(at, "vendor", "set", component, "--name", vendor, "--email", f"help@{vendor.lower()}.example")


def _list(teller: Teller, moment: datetime, site: str, **then: str) -> None:
    """A list of what ran on a site at a moment: what runs there now, but for the versions that ran ``then``."""
    rows = [
        {"name": name, "status": "active", "version": then.get(name, versions.get(site))}
        for name, versions in RUNS.items()
        if site in versions
    ]
    path = teller.folder / f"{site}-{moment:%Y%m%d}.json"
    path.write_text(json.dumps(rows), encoding="utf-8")
    teller.plan(moment, "site", "import", site, path, "--type", "plugins")


def _trouble(teller: Teller, number: int, one: Trouble) -> None:
    """The commands of one incident."""
    began, name = one.began, f"INC-{number}"

    def after(minutes: float) -> datetime:
        return began + timedelta(minutes=minutes)

    sites = (one.site, *one.others)
    for site in sites:
        _list(teller, after(-1), site, **{one.component: one.version})
    opened = ("incident", "open", one.site, one.component, one.words, "--heard", one.heard, "--caller", "Maria Marlowe")
    teller.plan(began, *opened, "--title", one.title, "--trigger", "update", "--new")
    teller.plan(after(2), "incident", "set", name, "--say", f"effect={one.effect}", "--affected", f"={one.version}")
    teller.plan(after(2), "incident", "set", name, "--say", "de:effect=das Formular schickt nichts ab")
    hit = (f"{site}=affected" for site in sites)
    verdicts = ("all=not_affected:requires_configuration", *hit)
    teller.plan(after(3), "incident", "impact", name, *(part for one in verdicts for part in ("--set", one)))
    teller.plan(after(5), "incident", "note", name, "Found the change that breaks it.", "--minutes", one.worked)
    for site, minutes in zip(sites, one.mitigated, strict=False):
        teller.plan(after(minutes), "incident", "mitigate", name, site, "--how", "rolled back")
    _messages(teller, name, one)
    if one.upstream:
        _upstream(teller, number, one, one.upstream)
    if one.seen_before:
        teller.plan(after(4), "incident", "link", name, one.seen_before)
    if one.ended is not None:
        teller.plan(after(one.ended), "incident", "resolve", name)


def _messages(teller: Teller, name: str, one: Trouble) -> None:
    """What clients were told, each message with the time of the next one, as somebody would who keeps their word."""
    told = [(one.first, "identified"), (one.watched, "monitoring")]
    told += [(one.ended + 5, "resolved")] if one.ended is not None and one.told_the_end else []
    known = [(minutes, phase) for minutes, phase in told if minutes is not None]
    moments = [one.began + timedelta(minutes=minutes) for minutes, _phase in known]
    for place, (moment, (_minutes, phase)) in enumerate(zip(moments, known, strict=True)):
        following = moments[place + 1] + timedelta(minutes=15) if place + 1 < len(moments) else one.next_word
        until = ("--next", f"{following:%Y-%m-%d %H:%M}") if following and phase != "resolved" else ()
        # Written as a file, and sent by hand in the same minute.
        teller.plan(moment, "incident", "tell", name, "--phase", phase, *until, "--send")
        teller.plan(moment, "incident", "tell", name, "--phase", phase, "--sent")


def _upstream(teller: Teller, number: int, one: Trouble, sent: Upstream) -> None:
    """The report to the vendor, one an incident in the same order, and what came back."""
    began = one.began + timedelta(days=sent.sent)
    name = f"SUB-{sum(1 for earlier in TROUBLES[:number] if earlier.upstream)}"
    steps = "Update to this version.\nOpen the page."
    for what, text in (("steps", steps), ("expected", "It works as it did."), ("actual", f"{one.title}.")):
        teller.plan(began - timedelta(minutes=10), "incident", "set", f"INC-{number}", f"--{what}", text)
    teller.plan(began - timedelta(minutes=5), "submission", "draft", f"INC-{number}", "--via", sent.channel)
    teller.plan(began, "submission", "mark", name, "sent")
    if sent.answered is not None:
        teller.plan(began + timedelta(days=sent.answered), "submission", "mark", name, "confirmed")
    if sent.released is not None:
        days, version = sent.released
        released = began + timedelta(days=days)
        teller.plan(released, "submission", "mark", name, "released", "--in", version)
        teller.plan(released + timedelta(hours=1), "incident", "close", f"INC-{number}")


def _carried(teller: Teller) -> None:
    """The patch for the newest breakage of the forms."""
    at = datetime(2026, 11, 17, 10, 15, tzinfo=BERLIN)
    releases = EXAMPLES / "tidy-forms"
    teller.plan(at, "fork", "create", "plugin/tidy-forms", "--from", releases / "1.2.4")
    teller.plan(
        *(at, "patch", "import", "tidy-forms", EXAMPLES / "fix-nonce.patch", "--incident", "INC-10"),
        *("--title", "Accept the form from cached pages", "--why", "A page cache hands out old nonces."),
    )
    teller.plan(at + timedelta(days=2), "fork", "import", "plugin/tidy-forms", "--from", releases / "1.2.5")

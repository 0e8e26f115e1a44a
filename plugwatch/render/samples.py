"""Invented facts in every combination that a template can meet, to try it out before a client or a vendor reads it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from itertools import product

from plugwatch.model.messages.message import LAST_PHASES, ClientBrief, SiteInBrief
from plugwatch.model.messages.names import Product
from plugwatch.model.messages.wording import Wording, say_by
from plugwatch.model.roads.privacy import PrivateWords
from plugwatch.model.roads.road import NETWORKS, Road
from plugwatch.model.roads.submission import (
    ASKS,
    Agency,
    Brief,
    ComponentFacts,
    Environment,
    OtherComponent,
    PatchFacts,
    Suspect,
    Thread,
)

NOW = datetime(2026, 11, 23, 9, 20, tzinfo=timezone.utc)  # a Monday
NEXT = NOW + timedelta(minutes=55)
MISSED = NOW - timedelta(minutes=20)
HOSTILE = "\"'`</p> {{ 7 * 7 }} {% raw %} \\ \x1b[31m\u202e\u2028\r\nBcc: all@client.example 🦔 " + "long " * 100

_AGENCY = Agency("Fernhill Web", "dev@fernhill.example", "https://fernhill.example", "Fernhill Web")
_SITES = ("shop.brightside.example", "blog.brightside.example", "brightside-bikes.example")
# What a person would write, by language; a language that is not here gets the English words.
_WORDS = {
    "en": {
        "words": "nothing has come in since this morning",
        "effect": "the contact form is not sending messages",
        "done": "We have put the form back to how it was yesterday",  # the full stop is forgotten
        "plan": "We are going through the changes of last night one by one.",
        "care": "Please ask people to ring you until then.",
        "question": "Do messages from your own telephone reach you?",
    },
    "de": {
        "words": "seit heute früh kommt nichts mehr an!",
        "effect": "das Kontaktformular verschickt keine Nachrichten",
        "done": "Wir haben das Formular auf den Stand von gestern gebracht",
        "plan": "Wir gehen die Änderungen der letzten Nacht einzeln durch.",
        "care": "Bis dahin hilft ein Hinweis auf die Telefonnummer.",
        "question": "Kommen Nachrichten vom eigenen Telefon an?",
    },
}
_NAMES = (("Maria Marlowe",), ("Maria Marlowe", "Jo Bright"), ("Maria", "Jo", "Tom", "Ruth"))
PRODUCTS = (Product("Tidy Forms", "tidy-forms", "TidyWorks", "tidyworks.example"),)
OTHERS = PrivateWords(
    names=("Northgate Dental",), slugs=("northgate",), addresses=("https://northgate.example",), contacts=("Ada Hill",)
)


@dataclass(frozen=True)
class ClientSample:
    """A brief and how to name it to a person; a hostile one only has to come out whole."""

    brief: ClientBrief
    label: str
    hostile: bool = False


def client_samples(language: str, phase: str, tone: str, wording: Wording | None) -> Iterator[ClientSample]:
    """Every combination of what a text for clients can depend on, for one phase in one tone."""
    words = _WORDS.get(language.split("-")[0], _WORDS["en"])
    plain = ClientBrief(
        language=language,
        tone=tone,
        phase=phase,
        client="Brightside Bikes",
        names=_NAMES[0],
        knows=True,
        first=True,
        thanks="",
        words=words["words"],
        sites=(),
        effect=words["effect"],
        done=None,
        plan=None,
        care=None,
        next=_say(NEXT, wording) if phase not in LAST_PHASES else None,
        missed=None,
        reopened=False,
        resolved_told=False,
        watched=True,
        question=None,
        ticket=None,
        agency=_AGENCY,
        sender="Ana",
    )
    ends = (False, True) if phase in LAST_PHASES else (False,)
    combinations = product(_HEARD, _EITHER, _EITHER, _EITHER, (1, len(_SITES)), ends, range(3))
    for heard, first, missed, reopened, sites, ended, filled in combinations:
        brief = replace(
            plain,
            knows=heard is not None,
            thanks=heard or "",
            first=first,
            missed=_say(MISSED, wording) if missed else None,
            reopened=reopened,
            resolved_told=ended,
            watched=ended,
            names=_NAMES[filled] if heard != "" else (),
            sites=tuple(SiteInBrief(name, "affected") for name in _SITES[:sites]),
        )
        yield ClientSample(_fill(brief, words, filled), _label(brief))
    many = tuple(SiteInBrief(f"site-{number}.brightside.example", "affected") for number in range(9))
    yield ClientSample(replace(plain, sites=many), "9 sites")
    yield from _hostile(plain)


_EITHER = (False, True)
_HEARD = ("phone", "mail", "chat", "", None)  # None: they have not noticed


def _say(moment: datetime, wording: Wording | None) -> str:
    return say_by(wording, moment, NOW) if wording else f"{moment:%H:%M}"


def _fill(brief: ClientBrief, words: dict[str, str], filled: int) -> ClientBrief:
    """A brief in which nobody has written anything that is not needed, or the one half, or the other."""
    if filled == 0:
        return replace(brief, words=None, effect=None if brief.knows else brief.effect)
    if filled == 1:
        return replace(brief, done=words["done"], plan=words["plan"])
    return replace(brief, words=None, care=words["care"], question=words["question"])


def _hostile(plain: ClientBrief) -> Iterator[ClientSample]:
    sites = tuple(SiteInBrief(HOSTILE, "affected") for _ in range(2))
    agency = Agency(HOSTILE, "dev@fernhill.example", HOSTILE, HOSTILE)
    texts = dict.fromkeys(
        ("client", "words", "effect", "done", "plan", "care", "question", "ticket", "sender"), HOSTILE
    )
    for knows, first in product((True, False), repeat=2):
        brief = replace(plain, knows=knows, first=first, names=(HOSTILE,), sites=sites, agency=agency)
        yield ClientSample(replace(brief, **texts), "hostile words", hostile=True)  # type: ignore[arg-type]


def _label(brief: ClientBrief) -> str:
    """The combination in words, for a person who looks for it."""
    words = [
        brief.tone,
        "has told us" if brief.knows else "has not noticed",
        "first message" if brief.first else "later message",
        *(["late"] if brief.missed else []),
        *(["reopened"] if brief.reopened else []),
        f"{len(brief.sites)} sites" if len(brief.sites) > 1 else "1 site",
    ]
    return ", ".join(words)


@dataclass(frozen=True)
class UpstreamSample:
    """A brief for a vendor, and how to name it to a person; a whole one has all that a text needs."""

    brief: Brief
    label: str
    whole: bool = False


def upstream_samples(road: Road, kind: str) -> Iterator[UpstreamSample]:
    """Every combination of what a text for a vendor can depend on, on one road, for one kind of text."""
    networks = (None, *NETWORKS) if road.markup == "social" else (None,)
    patches = (FULL.patch,) if kind == "patch" or road.name == "github-pr" else (FULL.patch, None)
    for (label, brief), (about, thread), network in product(_reports(patches), _threads(kind), networks):
        if about and not label.startswith("everything known"):
            continue  # what was written before has nothing to do with what is known of the rest
        made = replace(brief, kind=kind, thread=thread, network=network)
        words = ", ".join(word for word in (label, about, network) if word)
        yield UpstreamSample(made, words, whole=label in _WHOLE and not about)


_WHOLE = ("", "everything known", "everything known, no patch", "nothing there", "nothing there, no patch", "sold")


def _reports(patches: tuple[PatchFacts | None, ...]) -> Iterator[tuple[str, Brief]]:
    """What is wrong, from all that can be known of it to nothing, and in hostile words."""
    unknown = replace(
        FULL,
        environment=Environment(None, None, None, None, None, None),
        steps=(),
        why=None,
        expected=None,
        actual=None,
        workaround=None,
        tested=None,
        related_url=None,
    )
    bare = Environment("1.2.4", "", "", "6.9", "8.3", "")
    none = replace(FULL, environment=bare, workaround="", tested="", related_url=None)
    for patch in patches:
        with_it = "" if patch else ", no patch"
        yield f"everything known{with_it}", replace(FULL, patch=patch)
        yield f"nothing known{with_it}", replace(unknown, patch=patch)
        yield f"nothing there{with_it}", replace(none, patch=patch)
    suspect = Suspect(tuple(f"includes/part-{number}.php" for number in range(12)), 1, "")
    many = replace(bare, first_bad="1.2.4", last_good="1.2.3", sites=1, beside=(OtherComponent("Elm Cache"),))
    yield "one site, many files", replace(none, environment=replace(many, suspect=suspect))
    yield "sold", replace(FULL, component=replace(FULL.component, paid=True))
    yield "a theme", replace(FULL, component=replace(FULL.component, kind="theme"))
    yield "security", replace(FULL, security=True)
    yield "joined", replace(FULL, joined=True)
    yield "without a patch", replace(FULL, patch=None)
    yield "hostile words", _hostile_report()


def _threads(kind: str) -> Iterator[tuple[str, Thread | None]]:
    """What was written before, as far as it matters for a kind of text."""
    if kind in ("bug", "patch"):
        yield "", None
        return
    yield "", THREAD
    yield "no thread", None
    nothing = Thread(HOSTILE, None, NOW)
    if kind == "follow-up":
        for step, news in product((0, 1, 2, 3, 4), ((), THREAD.news)):
            yield f"step {step}{', news' if news else ''}", replace(THREAD, step=step, news=news)
        yield "missing", replace(THREAD, missing_in="1.2.5")
        yield "missing, no news", replace(THREAD, missing_in="1.2.5", news=(), url=None)
    for asks in (*ASKS, None) if kind == "reply" else ():
        yield f"asks for {asks}", replace(THREAD, asks=asks)
        yield f"asks for {asks}, no answer", replace(nothing, asks=asks)
    if kind == "thanks":
        yield "no release", replace(THREAD, fixed_in=None)
    if kind == "adoption":
        yield "not tried", replace(THREAD, tried=())
    hostile = replace(THREAD, title=HOSTILE, url=HOSTILE, news=(HOSTILE,), answer=HOSTILE, tried=(HOSTILE,))
    yield "hostile thread", replace(hostile, fixed_in=HOSTILE, missing_in=HOSTILE, asks="log")
    yield "nothing in the thread", nothing


def _hostile_report() -> Brief:
    patch = PatchFacts("pw-0000", HOSTILE, HOSTILE, (HOSTILE,), 1, 1, HOSTILE, HOSTILE)
    component = ComponentFacts("plugin", "tidy-forms", HOSTILE, HOSTILE, HOSTILE, "tidyworks/tidy-forms")
    other = OtherComponent(HOSTILE, HOSTILE)
    suspect = Suspect((HOSTILE,), 1, HOSTILE)
    bad = Environment(*(HOSTILE,) * 6, others=(other,), beside=(other,), sites=2, suspect=suspect)
    return replace(
        FULL,
        component=component,
        environment=bad,
        patch=patch,
        steps=(HOSTILE,),
        title=HOSTILE,
        why=HOSTILE,
        expected=HOSTILE,
        actual=HOSTILE,
        workaround=HOSTILE,
        tested=HOSTILE,
        related_url=HOSTILE,
    )


_DIFF = """\
--- a/includes/rest.php
+++ b/includes/rest.php
@@ -41,3 +41,4 @@ class Tidy_Forms_Rest {
 public function check_nonce( $request ) {
-return false;
+$nonce = $request->get_header( 'X-WP-Nonce' );
+return (bool) wp_verify_nonce( $nonce, 'wp_rest' );
 }
"""
FULL = Brief(
    component=ComponentFacts(
        "plugin",
        "tidy-forms",
        "Tidy Forms",
        "https://tidyworks.example",
        "help@tidyworks.example",
        "tidyworks/tidy-forms",
    ),
    environment=Environment(
        "1.2.4",
        "1.2.4",
        "1.2.3",
        "6.9",
        "8.3",
        "Fern",
        others=(OtherComponent("Elm Cache", "2.1"),),
        beside=(OtherComponent("Oak Search", "3.0"), OtherComponent("Ash Menu")),
        sites=3,
        suspect=Suspect(("includes/rest.php",), 7, _DIFF),
    ),
    agency=_AGENCY,
    title="Logged-in visitors cannot send the form",
    why="The nonce in the header is never looked at.",
    steps=("Log in as a subscriber.", "Send the form."),
    expected="The message is sent.",
    actual="The answer is 403.",
    workaround="Send it as a visitor who is not logged in.",
    tested="With two themes, and with all other plugins off.",
    patch=PatchFacts(
        id="pw-0000",
        title="Accept the nonce of logged-in visitors",
        why="The header holds the nonce of the session.",
        files=("includes/rest.php",),
        added=2,
        removed=1,
        diff=_DIFF,
        excerpt=_DIFF,
    ),
    related_url="https://github.com/tidyworks/tidy-forms/issues/12",
)

THREAD = Thread(
    title="Logged-in visitors cannot send the form",
    url="https://github.com/tidyworks/tidy-forms/issues/14",
    sent_at=NOW - timedelta(days=14),
    days=10,
    step=1,
    news=("It still happens in 1.2.5.", "We see it with PHP 8.4 now, too."),
    fixed_in="1.2.6",
    asks="details",
    answer="It happens on every try.\n\nThe cache was off.",
    reworked=True,
    tried=("an issue on GitHub on 2026-09-01", "e-mail on 2026-10-01"),
)

"""What is wrong with how a patch is carried: rules over the facts of one patch, each with what to do about it.

A hand-written status that nobody checks rots (Debian's UDD counts 68 % of patches as never forwarded), one that is
checked does not (OpenEmbedded fails the build: ERROR_QA ``patch-status``). So these are errors, not hints.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from plugwatch.model.component import Component
from plugwatch.model.fork import Patch, StackEntry
from plugwatch.model.patches.stance import Stance

SEND_WITHIN = timedelta(days=14)

_MOST_NAMED = 3
NOT_SENT = ("draft", "withdrawn")
_SECONDS_A_DAY = 86_400


@dataclass(frozen=True)
class Claim:
    """A submission of a patch: what the road says became of it, which is not what a release contains."""

    submission: str
    channel: str
    status: str
    url: str | None = None


@dataclass(frozen=True)
class Sites:
    """How many sites there are: with a build of ours that has the patch, and with the component in any version.

    ``were_some`` says that the component was on some site before.
    """

    with_build: int
    with_component: int
    were_some: bool


@dataclass(frozen=True)
class PatchFacts:
    """A patch in its place on a release, with what is known of it.

    ``number`` counts from 1 at the bottom of the stack. ``newest`` is the version of the fork's newest release.
    ``survived`` counts the releases that carry the patch beside the one that it was made for. ``stances`` and
    ``claims`` are all that there are, the earliest first. ``since`` is when we began to carry it, in seconds since
    1970; None where that is not known.
    """

    component: Component
    entry: StackEntry
    number: int
    on: str
    newest: str
    survived: int
    sites: Sites
    stances: tuple[Stance, ...] = ()
    claims: tuple[Claim, ...] = ()
    since: int | None = None

    @property
    def patch(self) -> Patch:
        """The patch itself."""
        return self.entry.patch

    @property
    def stance(self) -> Stance | None:
        """What holds now."""
        return self.stances[-1] if self.stances else None

    @property
    def upstream(self) -> tuple[Claim, ...]:
        """The newest submission on each road, in the order of the roads' names."""
        newest = {claim.channel: claim for claim in self.claims}
        return tuple(newest[channel] for channel in sorted(newest))

    def age(self, now: datetime) -> int:
        """Whole days that we carry it; where that is not known, those since its author made it."""
        since = int(self.patch.date.split(" ")[0]) if self.since is None else self.since
        return max(int(now.timestamp()) - since, 0) // _SECONDS_A_DAY


@dataclass(frozen=True)
class Finding:
    """Something that somebody must see to: what it is, and what to do; ``code`` names the rule."""

    code: str
    component: Component
    patch: str
    on: str
    title: str
    problem: str
    act: str
    severity: str = "error"

    @property
    def message(self) -> str:
        """Both in one sentence."""
        return f"{self.problem}; {self.act}"


_Found = tuple[str, str, str]  # code, problem, act


def lint(facts: PatchFacts, *, now: datetime) -> tuple[Finding, ...]:
    """Everything that is wrong with a patch on the newest stack of its fork. ``now`` is in the agency's time zone."""
    rules = (_reason(facts), _stance(facts), _review(facts, now.date()), _sending(facts, now), *_released(facts))
    found = [rule for rule in (*rules, _sites(facts)) if rule]
    patch = facts.patch
    return tuple(Finding(code, facts.component, patch.id, facts.on, patch.title, *said) for code, *said in found)


def lint_patches(patches: Sequence[PatchFacts], *, now: datetime) -> list[Finding]:
    """The findings on several patches, in their order."""
    return [finding for facts in patches for finding in lint(facts, now=now)]


def summaries(findings: Sequence[Finding]) -> list[str]:
    """A sentence for each patch, with all of its findings; what :func:`commands` has to do is left out."""
    by_patch: dict[tuple[str, str], list[Finding]] = {}
    for finding in findings:
        by_patch.setdefault((finding.patch, finding.title), []).append(finding)
    return [
        f"{patch} ({title}): {'; '.join(f.problem if f.code in _COMMANDS else f.message for f in found)}"
        for (patch, title), found in by_patch.items()
    ]


def commands(findings: Sequence[Finding]) -> list[str]:
    """A command for each thing that is to be said of patches, the same for all of them."""
    lacking = {code: [finding.patch for finding in findings if finding.code == code] for code in _COMMANDS}
    return [_COMMANDS[code](patches) for code, patches in lacking.items() if patches]


def explain_command(patches: Sequence[str]) -> str:
    """How to say why these patches are carried."""
    return f"plugwatch patch explain {_named(patches)} --why REASON"


def stance_command(patches: Sequence[str]) -> str:
    """How to say what is meant to become of these patches."""
    return f"plugwatch patch stance {_named(patches)} send|wait|never --why REASON"


def _named(patches: Sequence[str]) -> str:
    return " ".join(patches) if len(patches) <= _MOST_NAMED else "PATCH…"


_COMMANDS = {"no-reason": explain_command, "no-stance": stance_command}


def _reason(facts: PatchFacts) -> _Found | None:
    if facts.patch.why.strip():
        return None
    act = f"write it down with '{explain_command([facts.patch.id])}'"
    return "no-reason", "nobody said why it is carried", act


def _stance(facts: PatchFacts) -> _Found | None:
    if facts.stance:
        return None
    say = f"say it with '{stance_command([facts.patch.id])}'"
    return "no-stance", "nobody said what is meant to become of it", say


def _review(facts: PatchFacts, today: date) -> _Found | None:
    stance = facts.stance
    if stance is None or stance.review_by is None or stance.review_by >= today:
        return None
    due = f"its review was due on {stance.review_by} ({stance.stance}: {stance.reason})"
    say = f"look at it again and say '{stance_command([facts.patch.id])}', with a new --review-by"
    return "review-passed", due, say


def _sending(facts: PatchFacts, now: datetime) -> _Found | None:
    since = _meant_to_send_since(facts.stances)
    if since is None or now - since <= SEND_WITHIN or any(c.status not in NOT_SENT for c in facts.claims):
        return None
    drafts = [claim.submission for claim in facts.upstream if claim.status == "draft"]
    act = f"send {drafts[-1]}" if drafts else f"draft it with 'plugwatch submission draft {facts.patch.id} --via ROAD'"
    day = since.astimezone(now.tzinfo).date()
    return "not-sent", f"it was to be sent upstream since {day} and never was", f"{act}, or change its stance"


def _meant_to_send_since(stances: Sequence[Stance]) -> datetime | None:
    """When ``send`` was said first, of those that nothing else was said after; None where it is not meant so now."""
    since = None
    for stance in stances:
        since = (since or stance.at) if stance.stance == "send" else None
    return since


def _released(facts: PatchFacts) -> Iterator[_Found]:
    if facts.on != facts.newest:
        return  # what the newest release contains was not looked at yet
    for claim in facts.upstream:
        if claim.status == "released":
            says = f"{claim.submission} ({claim.channel}) says that a release has it, but {facts.newest} does not"
            act = f"import the release that has it with 'plugwatch fork import {facts.component} --from SOURCE'"
            yield "not-in-release", f"{says}, as its contents show", f"{act}, or ask the vendor"


def _sites(facts: PatchFacts) -> _Found | None:
    if facts.sites.with_component or not facts.sites.were_some:
        return None
    act = f"take it out with 'plugwatch patch drop {facts.patch.id} --why REASON'"
    return "sites-gone", f"no site runs {facts.component} any more", f"{act}, or bring the sites' lists up to date"

"""One incident as a client lived it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from plugwatch.model.incident import Impact, client_knows
from plugwatch.model.life import MENDED, back_for, state_at
from plugwatch.model.reports.client_facts import MonthFacts, hit_sites, site_names
from plugwatch.model.reports.metrics import ended_at, first_responses, worst_mitigation
from plugwatch.model.reports.records import Record
from plugwatch.model.reports.survival import Span
from plugwatch.model.roads.markup import one_line

_WORDS_LIMIT = 200
_SAME = 60  # seconds


@dataclass(frozen=True)
class Happening:
    """One incident as the client lived it.

    ``incident`` is our number for it, and stands on no page. ``sites`` are called as the client calls them. ``effect``
    is a clause without a full stop, ``done`` a sentence, ``words`` what they told us, on one line. ``heard`` is how
    they told us, "" where we found it. ``works_since`` is None while something does not work; ``next_due`` is when they
    hear from us again, None where nobody has promised it.
    """

    incident: str
    severity: str
    sites: tuple[str, ...]
    effect: str | None
    words: str | None
    done: str | None
    heard: str
    began: datetime
    works_since: datetime | None
    response: Span | None
    took: Span | None
    is_open: bool
    came_back: bool
    was_told: bool
    next_due: datetime | None
    product: str | None = None

    @property
    def after(self) -> float | None:
        """After how many seconds it worked again; None where it does not, or went on and off."""
        if self.took is None or not self.took.over or self.works_since is None:
            return None
        whole = (self.works_since - self.began).total_seconds()
        return whole if abs(whole - self.took.seconds) < _SAME else None


def touches(part: Record, facts: MonthFacts) -> bool:
    """Whether the client had something of it in the month: they called, were told, or a site of theirs was hit."""
    now = facts.period.now
    concerned = any(client_knows(call.heard) for call in part.calls) or part.told or hit_sites(part, now)
    return bool(concerned) and facts.period.meets(part.reported_at, None if part.is_open else _over_at(part, now))


def _over_at(part: Record, now: datetime) -> datetime:
    return max(_works_since(part, now) or part.reported_at, ended_at(part) or part.reported_at)


def _works_since(part: Record, now: datetime) -> datetime | None:
    """When the last of their sites worked again; where no site was ever judged, when it was over."""
    hit = hit_sites(part, now)
    if not hit:
        return ended_at(part)
    mended = [_mended_at(part.impacts, site) for site, impact in hit.items() if state_at(impact, now) in MENDED]
    return max(mended) if len(mended) == len(hit) else None


def _mended_at(impacts: Iterable[Impact], site: str) -> datetime:
    """When a site that works worked again: the first such verdict after the last other one."""
    own = [impact for impact in impacts if impact.site == site]
    after = max((number for number, impact in enumerate(own, 1) if impact.state not in MENDED), default=0)
    return own[after].at


def happening(part: Record, facts: MonthFacts) -> Happening:
    """A client's part of an incident, in what the client is told of it."""
    now, slug = facts.period.now, facts.client.slug
    names = site_names(facts.sites)
    own = [call for call in part.calls if client_knows(call.heard)]
    concerned = list(hit_sites(part, now)) or [call.site for call in part.calls if call.site]
    back = back_for(part.events)(slug)
    responses = first_responses(part, now)
    return Happening(
        incident=part.name,
        severity=part.severity,
        sites=tuple(sorted({names.get(site, one_line(site)) for site in concerned})),
        effect=_clause(facts.words.get((part.name, facts.language, "effect"))),
        words=_shorten(own[-1].words) if own and one_line(own[-1].words) else None,
        done=facts.words.get((part.name, facts.language, "done")),
        heard=own[-1].heard if own else "",
        began=part.reported_at,
        works_since=_works_since(part, now),
        response=responses[0] if responses else None,
        took=worst_mitigation(part, now),
        is_open=part.is_open,
        came_back=back is not None and back > part.reported_at,
        was_told=bool(part.told),
        next_due=min((p.due for p in part.promises if p.state(now) == "open"), default=None),
        product=_product(part, facts),
    )


def _product(part: Record, facts: MonthFacts) -> str | None:
    """What broke, for a client who may read it; never where strangers could make use of it."""
    if not facts.client.names_vendor or part.security or part.component is None:
        return None
    return facts.products.get(part.component)


def _clause(text: str | None) -> str | None:
    return (one_line(text or "")).rstrip(" .") or None


def _shorten(words: str) -> str:
    """What a client said, on one line, cut between words."""
    line = one_line(words)
    return line if len(line) <= _WORDS_LIMIT else f"{line[: _WORDS_LIMIT - 2].rsplit(' ', 1)[0].rstrip()} …"

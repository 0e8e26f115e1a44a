"""What an incident means for each site: verdicts that people give, and what the lists say beside them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from plugwatch.errors import PlugwatchError
from plugwatch.model.affected import Suspicion
from plugwatch.model.client import check_text, printable
from plugwatch.model.component import Component
from plugwatch.model.incident import IMPACTS, Impact, check_choice
from plugwatch.model.site import TIERS
from plugwatch.model.version import VersionRange, clean

# Why a site is not affected, in the words of CycloneDX (VEX, "impactAnalysisJustification").
JUSTIFICATIONS = (
    "code_not_present",
    "code_not_reachable",
    "requires_configuration",
    "requires_dependency",
    "requires_environment",
    "protected_by_compiler",
    "protected_at_runtime",
    "protected_at_perimeter",
    "protected_by_mitigating_control",
)
SAME_VERSION, RUNS_IT, IN_RANGE = "same version", "runs it too", "in the affected range"
# How this program itself says that somebody must look at a site; nobody has decided anything then.
AUTOMATIC = frozenset({SAME_VERSION, RUNS_IT, IN_RANGE})

# next: will be hit by an update. triage: somebody must look. unknown: the list is too old to tell, or it shows a later
# version than those that anybody has looked at. out: not in it.
GROUPS = ("next", "affected", "triage", "unknown", "out", "done")
_SELECTORS = ("site", "tier", "client", "version")
_GROUP_OF = {"affected": "affected", "mitigated": "done", "resolved": "done", "not_affected": "out"}


@dataclass(frozen=True)
class Verdict:
    """What somebody says of one site or of many: ``selector`` is site, tier, client, version or all."""

    selector: str
    value: str
    state: str
    justification: str | None

    @property
    def width(self) -> int:
        """How much it takes in: a site that is named 0, a group of sites 1, all 2."""
        return {"site": 0, "all": 2}.get(self.selector, 1)

    def __str__(self) -> str:
        return "all sites" if self.selector == "all" else f"{self.selector} {self.value}"

    def fits(self, one: Exposed) -> bool:
        """Whether a site is meant.

        ``all`` are those that are in it or may be; not whom somebody has found not affected. Other selectors leave out
        only what lies outside the affected versions and was never judged. A version means what runs it.
        """
        if self.selector == "version":
            return one.base_version is not None and VersionRange.parse(self.value).contains(one.base_version)
        if self.selector == "all":
            return one.group not in ("next", "out")
        told = one.tier if self.selector == "tier" else one.client
        return told == self.value and (one.decided or one.in_range is not False)


def parse_verdict(text: str) -> Verdict:
    """``acme=affected``, ``tier=info:not_affected:code_not_reachable``, ``client=C:…``, ``version=RANGE:…``, ``all=…``.

    ``site=SLUG:…`` is for a site that is called like a selector. Raises PlugwatchError, also for a site that is said
    to be not affected without one of the reasons that VEX knows.
    """
    form = "write SITE=STATE, such as acme=affected or tier=info:not_affected:code_not_reachable"
    selector, equals, rest = (part.strip() for part in text.partition("="))
    value = ""
    if selector in _SELECTORS:
        value, _, rest = (part.strip() for part in rest.partition(":"))
    elif selector != "all":
        selector, value = "site", selector
    state, _, why = (part.strip() for part in rest.partition(":"))
    if not equals or not state or not (value or selector == "all"):
        raise PlugwatchError(f"'{printable(text)}' is no verdict; {form}")
    if selector == "tier":
        check_choice(value, TIERS, "tier")
    if selector == "version":
        VersionRange.parse(value)
    check_choice(state, IMPACTS, f"verdict for a site ({form})")
    if state == "not_affected":
        if not why:
            raise PlugwatchError(
                f"'{printable(text)}' does not say why; write not_affected: and one of {', '.join(JUSTIFICATIONS)}, "
                "and more words with --detail"
            )
        check_choice(why, JUSTIFICATIONS, "reason why a site is not affected")
    return Verdict(selector, value, state, check_text("a justification", why) if why else None)


@dataclass(frozen=True, slots=True)
class Exposure:
    """Where a component is installed now, and where an update may lead it; ``since`` is when this version came."""

    site: str
    client: str
    tier: str
    version: str | None
    base_version: str | None
    build: str | None
    status: str
    auto_update: bool | None
    offered: str | None
    since: datetime
    last_seen: datetime


@dataclass(frozen=True, slots=True)
class Exposed:
    """One site in the light of an incident: what runs there, what somebody said of it, and what to make of the two.

    ``in_range`` is None where nobody knows. ``state`` is None where nobody had a reason to look. ``stale``: the list is
    too old to believe. ``decided``: a person's verdict stands. ``hints`` are what the lists tell beside the version,
    ``proposed`` a verdict that follows from them, as ``--set`` takes it.
    """

    site: str
    client: str
    tier: str
    version: str | None
    base_version: str | None
    status: str | None
    auto_update: bool | None
    offered: str | None
    last_seen: datetime | None
    in_range: bool | None
    stale: bool
    group: str
    state: str | None = None
    justification: str | None = None
    detail: str | None = None
    actor: str | None = None
    at: datetime | None = None
    valid_until: datetime | None = None
    decided: bool = False
    hints: tuple[str, ...] = ()
    proposed: str | None = None


@dataclass(frozen=True)
class Lens:
    """How sites are looked at: for which component (None: the cause is not known), what is suspected, when, and how old
    a list may be.

    ``patched`` are releases on which we carry a patch for the incident, each with the patch. ``lacking`` says of sites
    what they do not have of all that takes part in the incident, with VEX's word for it.
    """

    component: Component | None
    suspicion: Suspicion
    now: datetime
    stale_after: timedelta
    patched: Mapping[str, str]
    lacking: Mapping[str, tuple[str, str]]


def judge(rows: Iterable[Exposure], impacts: Iterable[Impact], lens: Lens, tiers: Mapping[str, str]) -> list[Exposed]:
    """What the incident means for each site that runs the component or was judged, the most urgent first.

    ``tiers`` are the tiers of sites by slug, for those that were judged and do not run it any more.
    """
    verdicts = {impact.site: impact for impact in impacts}
    judged = [_judge_installed(row, verdicts.pop(row.site, None), lens) for row in rows]
    judged += [_judge_gone(impact, lens, tiers.get(impact.site, TIERS[-1])) for impact in verdicts.values()]
    return sorted(judged, key=lambda one: (GROUPS.index(one.group), TIERS.index(one.tier), one.site))


def _judge_installed(row: Exposure, impact: Impact | None, lens: Lens) -> Exposed:
    threatened = lens.suspicion.threatens(row.base_version, row.offered)
    in_range = lens.suspicion.lies_in(row.base_version)
    stale = lens.now - row.last_seen > lens.stale_after
    if stale and (in_range is not False or threatened):
        in_range = None
    bare = Exposed(
        site=row.site,
        client=row.client,
        tier=row.tier,
        version=row.version,
        base_version=row.base_version,
        status=row.status,
        auto_update=row.auto_update,
        offered=row.offered,
        last_seen=row.last_seen,
        in_range=in_range,
        stale=stale,
        group="out",
        hints=_hints(row, lens),
    )
    one = _with_verdict(bare, impact, lens.now, since=row.since)
    untold = stale or not clean(row.base_version or "")
    going_up = threatened and row.status != "inactive" and (row.auto_update is True or _is_offered(row, lens))
    group = _group(one, untold=untold, going_up=going_up)
    state = "in_triage" if group == "triage" else one.state
    one = replace(one, group=group, state=state)
    return replace(one, proposed=_proposed(row, one, lens))


def _judge_gone(impact: Impact, lens: Lens, tier: str) -> Exposed:
    """A site that was judged and does not run the component, as far as its list says."""
    bare = Exposed(
        site=impact.site,
        client=impact.client,
        tier=tier,
        version=None,
        base_version=None,
        status=None,
        auto_update=None,
        offered=None,
        last_seen=None,
        in_range=False if lens.component else None,
        stale=False,
        group="out",
        hints=("not installed",) if lens.component else (),
    )
    one = _with_verdict(bare, impact, lens.now, since=None)
    return replace(one, group=_group(one, untold=False, going_up=False))


def _with_verdict(one: Exposed, impact: Impact | None, now: datetime, *, since: datetime | None) -> Exposed:
    """With what somebody said, unless it ran out, or was said of what ran there before."""
    if impact is None:
        return one
    state, why = impact.state, impact.justification
    decided = not (state == "in_triage" and why in AUTOMATIC)
    if impact.valid_until and impact.valid_until <= now:
        state, why, decided = "in_triage", f"'{impact.state}' ran out", True
    elif state == "not_affected" and one.in_range is not False and since and since > impact.at:
        state, why, decided = "in_triage", "changed since it was found not affected", True
    return replace(
        one,
        state=state,
        justification=why,
        detail=impact.detail,
        actor=impact.actor,
        at=impact.at,
        valid_until=impact.valid_until,
        decided=decided,
    )


def _group(one: Exposed, *, untold: bool, going_up: bool) -> str:
    if one.decided and one.state == "in_triage":
        return "triage"
    if one.decided and one.state and (one.state != "not_affected" or one.in_range is not False):
        return _GROUP_OF[one.state]
    if one.in_range is False:
        return "next" if going_up else "out"
    asked = one.in_range or one.state == "in_triage"
    return "triage" if asked and not untold else "unknown"


def _is_offered(row: Exposure, lens: Lens) -> bool:
    return row.offered is not None and lens.suspicion.doubtful.contains(row.offered)


def _hints(row: Exposure, lens: Lens) -> tuple[str, ...]:
    lacking, _ = lens.lacking.get(row.site, ("", ""))
    told = ("inactive" if row.status == "inactive" else "", "our build" if row.build else "", lacking)
    return tuple(hint for hint in told if hint)


def _proposed(row: Exposure, one: Exposed, lens: Lens) -> str | None:
    """A verdict that follows from what the lists say; a person gives it or does not."""
    patch = lens.patched.get(clean(row.base_version or "")) if row.build else None
    if patch and one.group in ("affected", "triage"):
        return f"mitigated:our build with {patch}"
    if one.group != "triage" or row.build:
        return None
    if row.status == "inactive":
        return "not_affected:code_not_reachable"
    _, why = lens.lacking.get(row.site, ("", ""))
    return f"not_affected:{why}" if why else None

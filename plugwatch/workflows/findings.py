"""What a check saw, as the morning's list keeps it: releases that concern us, lost patches, what could not be seen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from plugwatch.model.fork import Plan
from plugwatch.model.today import Finding, LostBuild
from plugwatch.workflows.check import Checked, say_lost_build, unknown


def findings_of(checked: Checked, lost_builds: Iterable[LostBuild]) -> list[Finding]:
    """All of it, the releases first.

    The check itself tells of a lost build on the day when it went; here it stays until a build is back, or until the
    release that runs there needs none.
    """
    stacks = {view.component: view.stacks for view in checked.views}
    missed = [one for one in lost_builds if stacks.get(one.component, {}).get(one.after) != ()]
    return [
        *(_release(row.plan) for row in checked.forecasts if row.plan),
        *(Finding("lost-patch", one.site, _say(one)) for one in missed),
        *(Finding("lost-patch", _place(sentence), sentence) for sentence in checked.lost),
        *(Finding("lost-patch", str(relapse.component), str(relapse)) for relapse in checked.relapses),
        *(Finding("submission", _place(sentence), sentence) for sentence in checked.asked),
        *(Finding("watch-error", _place(sentence), sentence) for sentence in unknown(checked)),
    ]


def _say(one: LostBuild) -> str:
    return say_lost_build(one.site, one.component, one.before, one.after)


def _release(plan: Plan) -> Finding:
    """A release that the patches of a fork are not on yet, and what becomes of them there."""
    verdicts = Counter(outcome.verdict for outcome in plan.outcomes)
    becomes = ", ".join(f"{number} {verdict}" for verdict, number in sorted(verdicts.items()))
    return Finding("release", str(plan.component), f"{plan.component} {plan.target.version} is out: {becomes}")


def _place(sentence: str) -> str:
    """The place that a sentence is about: what stands before its colon."""
    return sentence.partition(": ")[0][:200]

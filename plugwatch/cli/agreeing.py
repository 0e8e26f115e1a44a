"""The agency's own times, as the configuration says them."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

from plugwatch.cli.context import App
from plugwatch.model.client import WorkingHours, check_timezone, parse_duration
from plugwatch.model.promise import Agreement, TierTimes
from plugwatch.model.roads.ladder import Week
from plugwatch.model.settings import TierSettings
from plugwatch.model.site import TIERS


def agreement(app: App) -> Agreement:
    """When the agency answers, how soon, and on which days it is closed."""
    settings = app.settings
    return Agreement(
        zone=app.zone,
        find_zone=lambda name: ZoneInfo(check_timezone(name)),
        hours=WorkingHours.parse(settings.agency.hours),
        first_response=parse_duration(settings.sla.first_response),
        update_every=parse_duration(settings.sla.update_every),
        tiers={tier: _times(getattr(settings.sla, tier)) for tier in TIERS},
        closed=_closed_days(app),
    )


def working_week(app: App) -> Week:
    """The days on which the agency works, for counting how long a vendor has been silent."""
    return Week(WorkingHours.parse(app.settings.agency.hours), _closed_days(app))


def _times(tier: TierSettings) -> TierTimes:
    return TierTimes(
        hours=WorkingHours.parse(tier.hours) if tier.hours else None,
        first_response=parse_duration(tier.first_response) if tier.first_response else None,
        update_every=parse_duration(tier.update_every) if tier.update_every else None,
    )


def _closed_days(app: App) -> frozenset[date]:
    if not app.settings.rota:
        return frozenset()
    from plugwatch.model.rota import Rota  # most agencies' calls do without

    return Rota.from_table(app.settings.rota).closed

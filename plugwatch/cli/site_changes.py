"""``plugwatch site changes``: what changed on a site, and what of it may have broken it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from plugwatch.cli.context import App, json_option, next_step, note, pass_app, print_json
from plugwatch.cli.holding import hold_document
from plugwatch.model.suspects import describe_change

if TYPE_CHECKING:
    from plugwatch.workflows.history import RankedChange


@click.command()
@click.argument("slug", metavar="SITE")
@click.option(
    "--since", metavar="TIME", help="Only later changes: 2d (days), 6h, or a date (default: 30d).", default="30d"
)
@json_option
@pass_app
def changes(app: App, slug: str, since: str, as_json: bool) -> None:
    """What changed on a site, and what of it is suspect.

    The newest change comes first; each has its rank as a suspect, with the reasons, and the incidents about it.
    """
    from plugwatch.model.moments import parse_since
    from plugwatch.workflows.history import ranked_changes

    start = parse_since(since, now=app.now, zone=app.zone)
    with app.ledger.reading() as work:
        site = work.sites.resolve(slug)
        found = ranked_changes(work, site, since=start, now=app.now)
        imported = work.imports.of_site(site.id)
    rows = [_document(app, one) for one in found]
    if as_json:
        print_json({"site": site.slug, "since": start.astimezone(app.zone).isoformat(), "changes": rows})
        return
    if not rows:
        last = f"; the newest list is of {imported[0].at.astimezone(app.zone):%Y-%m-%d %H:%M}" if imported else ""
        note(f"no list of {site.slug} shows a change since {start.astimezone(app.zone):%Y-%m-%d %H:%M}{last}")
        return
    from plugwatch.render.terminal import show_table

    table = [
        (
            row["at"][:16].replace("T", " "),
            row["component"],
            describe_change(one.change),
            one.rank,
            "; ".join(one.why[1:]),
        )
        for row, one in zip(rows, found, strict=True)
    ]
    show_table(("SEEN", "COMPONENT", "WHAT", "RANK", "WHY SUSPECT"), table)
    likeliest = min(found, key=lambda one: one.rank).change.component
    next_step(f'plugwatch incident open {site.slug} {likeliest} "what the client says"')


def _document(app: App, one: RankedChange) -> dict[str, Any]:
    change = one.change
    return {
        "at": change.at.astimezone(app.zone).isoformat(),
        "component": str(change.component),
        "what": list(change.what),
        "from": change.before,
        "to": change.after,
        "auto_update": change.auto_update,
        "rank": one.rank,
        "why": list(one.why),
        "incidents": list(one.incidents),
        "holds": [hold_document(hold, app.zone) for hold in one.holds],
    }

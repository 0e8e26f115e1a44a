"""``plugwatch vendor show``: every road to a vendor, with why and why not."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from plugwatch.cli.context import App, json_option, next_step, note, pass_app, print_json
from plugwatch.cli.vendor_list import find_made
from plugwatch.errors import EXIT_UNKNOWN, PlugwatchError
from plugwatch.model.component import Component
from plugwatch.model.release_source import ComposerSource, parse_source

if TYPE_CHECKING:
    from plugwatch.model.patches.package_support import PackageSupport
    from plugwatch.model.roads.routing import Advice, RoadAdvice
    from plugwatch.model.vendors.facts import Asked, RepositoryFacts, RoadHistory, VendorFacts
    from plugwatch.model.vendors.vendor import Vendor
    from plugwatch.workflows.vendor import Outside, Places

_ORDER = ("best", "good", "possible", "unknown", "closed")


@click.command()
@click.argument("wanted", metavar="COMPONENT")
@click.option("--refresh", is_flag=True, help="Ask again, though what was said before is less than a week old.")
@click.option("--offline", is_flag=True, help="Only what is known already: ask nobody.")
@click.option("--security", is_flag=True, help="The roads for a matter of security.")
@json_option
@pass_app
def show(app: App, wanted: str, refresh: bool, offline: bool, security: bool, as_json: bool) -> int:
    """Every road to a component's vendor: which one to take, and why."""
    from plugwatch.model.roads.routing import advise

    if refresh and offline:
        raise click.UsageError("--refresh asks, and --offline forbids it; give one of them.")
    component = find_made(app, wanted)
    facts = vendor_facts(app, component, refresh=refresh, offline=offline)
    advice = advise(facts, security=security)
    with app.ledger.reading() as work:
        made_by = work.vendors.get(component)
    if as_json:
        print_json(_document(app, facts, advice, made_by))
    else:
        _show(app, facts, advice, made_by)
    for asked in facts.sources:
        if asked.error:
            note(f"unknown: {asked.source}: {asked.error}")
    return EXIT_UNKNOWN if _is_unknown(facts, advice) else 0


def vendor_facts(app: App, component: Component, *, refresh: bool = False, offline: bool = False) -> VendorFacts:
    """All facts on the vendor of a component, asked for where they are not known or too old."""
    from plugwatch.forks.vendor_hints import newest_hints
    from plugwatch.workflows.vendor import Outside, gather

    outside = Outside() if offline else _outside(app, component)
    return gather(
        app.ledger,
        component,
        outside,
        lambda: newest_hints(app.forks, component),
        _places(app),
        app.now,
        refresh=refresh,
    )


def _places(app: App) -> Places:
    from plugwatch.model.settings import TracSettings
    from plugwatch.workflows.vendor import CORE_TRAC, Places

    settings = app.settings
    plugins = settings.trac.get("plugins", TracSettings()).url
    core = settings.trac.get("core", TracSettings(CORE_TRAC)).url
    return Places(settings.wordpress_org.forum_url, plugins, core)


def _outside(app: App, component: Component) -> Outside:
    from plugwatch.workflows.vendor import Outside

    return Outside(app.directory, _repository(app), _package(app, component))


def _repository(app: App) -> Callable[[str], RepositoryFacts]:
    def ask(name: str) -> RepositoryFacts:
        from plugwatch.model.vendors.facts import RepositoryFacts
        from plugwatch.upstream.github_project import GitHubProjects
        from plugwatch.upstream.github_readme import GitHubReadmes

        at = app.settings.github
        project = GitHubProjects(at.api_url, pause=at.pause).look(name)
        return RepositoryFacts.from_project(project, GitHubReadmes(at.api_url, pause=at.pause).readme(project.name))

    return ask


def _package(app: App, component: Component) -> Callable[[], PackageSupport | None]:
    def ask() -> PackageSupport | None:
        from plugwatch.forks.inspect import recorded_sources
        from plugwatch.upstream.composer_support import ComposerSupport

        fork = app.forks.open(component)
        for _version, text in recorded_sources(fork) if fork else ():
            source = _composer(text)
            if source:
                return ComposerSupport(source.url, source.login).support(source.package)
        return None

    return ask


def _composer(text: str) -> ComposerSource | None:
    """A recorded source where it is a Composer repository."""
    try:
        source = parse_source(text)
    except PlugwatchError:
        return None  # written by an older plugwatch; then nobody is asked
    return source if isinstance(source, ComposerSource) else None


def _is_unknown(facts: VendorFacts, advice: Advice) -> bool:
    """Whether a source did not answer, or nothing can be recommended because one was never asked."""
    from plugwatch.workflows.vendor import failed

    return failed(facts) or (advice.recommended is None and any(asked.at is None for asked in facts.sources))


def _document(app: App, facts: VendorFacts, advice: Advice, made_by: Vendor | None) -> dict[str, Any]:
    return {
        "component": str(facts.component),
        "vendor": made_by.name if made_by else None,
        "paid": advice.paid,
        "recommended": advice.recommended,
        "why": list(advice.why),
        "roads": [_road_document(app, row) for row in advice.roads],
        "sources": [{"source": one.source, "at": _time(app, one), "error": one.error} for one in facts.sources],
    }


def _road_document(app: App, row: RoadAdvice) -> dict[str, Any]:
    return {
        "road": row.road,
        "verdict": row.verdict,
        "address": row.address,
        "why": list(row.why),
        "why_not": list(row.why_not),
        "history": _history_document(app, row.history) if row.history else None,
    }


def _history_document(app: App, history: RoadHistory) -> dict[str, Any]:
    return {
        "sent": history.sent,
        "answered": history.answered,
        "median_days": history.median_days,
        "released": history.released,
        "last_at": history.last_at.astimezone(app.zone).isoformat() if history.last_at else None,
        "who": list(history.who),
    }


def _time(app: App, asked: Asked) -> str | None:
    return asked.at.astimezone(app.zone).isoformat() if asked.at else None


def _show(app: App, facts: VendorFacts, advice: Advice, made_by: Vendor | None) -> None:
    from plugwatch.render.terminal import clean, show_table

    name = f", made by {made_by.name}" if made_by else ""
    click.echo(clean(f"{facts.component}{name}: it {advice.paid_why}"))
    if facts.told.note:
        click.echo(f"  {clean(facts.told.note)}")
    shown = sorted(advice.roads, key=lambda row: _ORDER.index(row.verdict))
    rows = [(row.road, row.verdict, row.address, "; ".join((*row.why, *_against(row)))) for row in shown]
    show_table(("ROAD", "VERDICT", "ADDRESS", "WHY"), rows)
    click.echo(clean(f"recommended: {advice.recommended or 'none'}"))
    for reason in advice.why:
        click.echo(f"  {clean(reason)}")
    for asked in facts.sources:
        when = f"asked {asked.at.astimezone(app.zone):%Y-%m-%d %H:%M}" if asked.at else "never asked"
        note(clean(f"{asked.source}: {when}"))
    if advice.recommended:
        with app.ledger.reading() as work:
            broken = next((one for one in work.incidents.of_component(facts.component) if one.is_open), None)
        next_step(f"plugwatch submission draft {broken.name if broken else 'INC|PATCH'} --via {advice.recommended}")
    else:
        next_step(f"plugwatch vendor set {facts.component} --repository OWNER/NAME | --email ADDRESS | --desk URL")


def _against(row: RoadAdvice) -> tuple[str, ...]:
    return tuple(f"but {reason}" if row.why else reason for reason in row.why_not)

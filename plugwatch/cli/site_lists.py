"""``plugwatch site import`` and ``site refresh``: lists of what runs on sites, given by hand or fetched."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from plugwatch.cli.context import App, json_option, next_step, note, pass_app, print_json
from plugwatch.cli.lists import list_options, make_hints, make_reader, read_list, show_taken, taken_document
from plugwatch.errors import EXIT_UNKNOWN, PlugwatchError
from plugwatch.model.moments import parse_past

if TYPE_CHECKING:
    from plugwatch.model.inventory import Fleet, Inventory
    from plugwatch.model.site import Site
    from plugwatch.workflows.inventories import ListOrigin
    from plugwatch.workflows.take_in import Row, Taken

_SHOWN = 20


@click.command("import")
@click.argument("names", metavar="[SITE] FILE|-|DIR", nargs=-1, required=True)
@click.option("--all", "every", is_flag=True, help="The list is of many sites: 'wp @all …', a CSV, mainwp:URL.")
@click.option("--client", metavar="CLIENT", help="With --all: whose the sites are that are not known yet.")
@list_options
@click.option("--resolve", multiple=True, metavar="NAME=SLUG", help="What a display name stands for, from now on.")
@click.option("--offline", is_flag=True, help="Do not ask WordPress.org what display names stand for.")
@click.option("--at", metavar="TIME", help="When the list was made (default: now).")
@click.option("--partial", is_flag=True, help="The list does not name everything: nothing is taken for removed.")
@click.option("--complete", is_flag=True, help="It names everything, even if most of what was known is missing.")
@click.option("--keep-raw", is_flag=True, help="Keep the text as well; it may hold addresses, paths and keys.")
@click.option("--dry-run", is_flag=True, help="Only say what would change.")
@json_option
@pass_app
def import_(app: App, names: Sequence[str], every: bool, **options: Any) -> int:
    """Take in a list of what runs on a site, or on many.

    \b
    plugwatch site import shop plugins.txt
    wp @all plugin list --format=json | plugwatch site import --all -
    plugwatch site import --all sites.csv --map site=Name,client=Client,url=URL
    """
    if len(names) != (1 if every else 2):
        usage = (
            "--all takes the list alone: site import --all FILE"
            if every
            else "it takes a site and its list (of many sites: --all)"
        )
        raise click.UsageError(usage, click.get_current_context())
    if options["client"] and not every:
        raise click.UsageError("--client is for new sites of --all; leave it out", click.get_current_context())
    if options["partial"] and options["complete"]:
        raise click.UsageError("a list is --partial or --complete, not both", click.get_current_context())
    if every and options["keep_raw"]:
        raise click.UsageError("--keep-raw keeps the list of one site; leave --all out", click.get_current_context())
    if every:
        return _import_fleet(app, names[0], options)
    _import_one(app, names[0], names[1], options)
    return 0


def _import_one(app: App, slug: str, source: str, options: dict[str, Any]) -> None:
    from plugwatch.inventories.registry import one_site
    from plugwatch.workflows.take_in import take_in

    found, raw = read_list(source, options["form"], make_hints(options["list_type"], options["columns"]))
    inventory = one_site(found, source)
    reader = make_reader(app, options["resolve"], offline=options["offline"])
    taken = take_in(reader, lambda work: work.sites.resolve(slug), inventory, _origin(app, source, options))
    if options["keep_raw"] and not options["dry_run"] and (raw is not None or Path(source).is_file()):
        note(f"kept the text as {_keep_raw(app, taken.site, Path(source).read_bytes() if raw is None else raw)}")
    _show(taken, options)


def _show(taken: Taken, options: dict[str, Any]) -> None:
    document = taken_document(taken)
    if options["as_json"]:
        print_json(document)
        return
    show_taken(document, dry_run=options["dry_run"])
    if document["unresolved"] and not options["dry_run"]:
        name = shlex.quote(f"{document['unresolved'][0]}=SLUG")
        next_step(f"plugwatch site import {document['site']} LIST --resolve {name}")
    elif not options["dry_run"]:
        next_step(f"plugwatch site show {document['site']}", "plugwatch component where COMPONENT")


def _origin(app: App, source: str, options: dict[str, Any]) -> ListOrigin:
    from plugwatch.workflows.inventories import ListOrigin

    made = parse_past(options["at"], now=app.now, zone=app.zone) if options["at"] else app.now
    name = "stdin" if source == "-" else Path(source).name
    return ListOrigin(
        name,
        made,
        app.now,
        app.actor,
        partial=options["partial"],
        dry_run=options["dry_run"],
        complete=options["complete"],
    )


def _keep_raw(app: App, site: Site, raw: bytes) -> Path:
    """Put the text beside the ledger, for its owner's eyes only."""
    folder = app.workspace / "raw" / site.slug
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{app.now:%Y%m%dT%H%M%S}.txt"
    path.touch(mode=0o600)
    path.write_bytes(raw)
    return path


def _import_fleet(app: App, source: str, options: dict[str, Any]) -> int:
    from plugwatch.cli.progressing import progress
    from plugwatch.workflows.take_in import take_in_fleet

    fleet = _read_fleet(source, options)
    reader = make_reader(app, options["resolve"], offline=options["offline"])
    with progress("taking in the lists"):
        rows = take_in_fleet(reader, fleet, _origin(app, source, options), client=options["client"])
    return _show_rows(rows, fleet, options)


def _read_fleet(source: str, options: dict[str, Any]) -> Fleet:
    """The lists of many sites, from wherever they are. Raises InputError where the source is of one site only."""
    from plugwatch.cli.progressing import progress
    from plugwatch.errors import InputError
    from plugwatch.inventories.sources.fleets import fetch_fleet
    from plugwatch.model.inventory import Fleet

    with progress("fetching the lists"):
        found = fetch_fleet(source)
    if found is None:
        found, _raw = read_list(source, options["form"], make_hints(options["list_type"], options["columns"]))
    if not isinstance(found, Fleet):
        raise InputError(
            f"it is the list of one site ({found.format}); leave --all out and name the site", source=source
        )
    return found


@click.command()
@click.argument("slugs", metavar="[SITE]…", nargs=-1)
@click.option("--all", "every", is_flag=True, help="All sites that have a source.")
@click.option(
    "--jobs", metavar="N", type=click.IntRange(1, 64), default=4, show_default=True, help="How many to ask at once."
)
@click.option("--offline", is_flag=True, help="Do not ask WordPress.org what display names stand for.")
@json_option
@pass_app
def refresh(app: App, slugs: Sequence[str], every: bool, jobs: int, offline: bool, as_json: bool) -> int:
    """Fetch the lists of sites from their sources.

    A site that does not answer is a row in the result, and the others are done; the exit code is 4 then.
    """
    if every == bool(slugs):
        raise click.UsageError("name the sites to refresh, or write --all", click.get_current_context())
    with app.ledger.reading() as work:
        sites = list(work.sites.list()) if every else [work.sites.resolve(slug) for slug in slugs]
    without = [site.slug for site in sites if not site.source]
    if without and not every:
        raise PlugwatchError(
            f"{without[0]} has no source; give it one with 'plugwatch site set {without[0]} --source SPEC'"
        )
    if without:
        note(f"without a source, and left out: {', '.join(without[:_SHOWN])}{' …' if len(without) > _SHOWN else ''}")
    from plugwatch.model.inventory import Fleet

    rows = list(refresh_sites(app, [site for site in sites if site.source], jobs, offline=offline))
    _show_rows(rows, Fleet("sources", ()), {"as_json": as_json, "dry_run": False})
    return EXIT_UNKNOWN if any(row.error for row in rows) else 0


def refresh_sites(app: App, sites: Sequence[Site], jobs: int, *, offline: bool) -> Iterator[Row]:
    """Ask several sites at once; what they answer is written down by this thread alone."""
    from concurrent.futures import ThreadPoolExecutor, as_completed

    from plugwatch.cli.progressing import progress

    reader = make_reader(app, offline=offline)
    with ThreadPoolExecutor(jobs) as pool, progress("asking sites", len(sites)) as advance:
        waiting = {pool.submit(_fetch, app.workspace, site): site for site in sites}
        try:
            for future in as_completed(waiting):
                yield _take_in_answer(app, reader, waiting[future], future)
                advance()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def _fetch(workspace: Path, site: Site) -> Inventory:
    from plugwatch.inventories.sources.fetch import fetch
    from plugwatch.inventories.sources.spec import SourceSite, parse_spec

    return fetch(parse_spec(site.source or ""), SourceSite(site.slug, site.url, workspace))


def _take_in_answer(app: App, reader: Any, site: Site, answer: Any) -> Row:
    from plugwatch.workflows.inventories import ListOrigin
    from plugwatch.workflows.take_in import Row, take_in

    try:
        inventory = answer.result()
        origin = ListOrigin(site.source or "", app.now, app.now, app.actor)
        return Row(site.slug, take_in(reader, lambda _work: site, inventory, origin))
    except PlugwatchError as error:
        return Row(site.slug, None, error)


def _show_rows(rows: Sequence[Row], fleet: Fleet, options: dict[str, Any]) -> int:
    """Say what became of each site, and what of the list as a whole was not understood; the exit code of the worst of
    them, 0 where all went well."""
    from plugwatch.render.terminal import clean

    rows = sorted(rows, key=lambda row: row.name.casefold())
    failed = [row for row in rows if row.error]
    if options["as_json"]:
        unparsed = [{"line": missed.line, "text": missed.text} for missed in fleet.unparsed]
        document = {"sites": [row_document(row) for row in rows], "unparsed": unparsed}
        print_json(document | {"warnings": list(fleet.warnings)})
    else:
        for row in rows:
            if row.taken:
                show_taken(taken_document(row.taken), dry_run=options["dry_run"])
            elif not row.error:
                click.echo(clean(f"{row.name}: {'a new site' if row.created else 'known already'}"))
        for row in failed:
            click.echo(clean(f"{row.name}: failed: {row.error}"))
        note(f"{len(rows) - len(failed)} of {len(rows)} sites taken in")
        for missed in fleet.unparsed:
            note(clean(f"line {missed.line} was not understood: {missed.text[:100]}"))
        for warning in fleet.warnings:
            note(clean(f"warning: {warning}"))
        next_step("plugwatch site list", "plugwatch component where COMPONENT")
    return max((row.error.exit_code for row in failed if row.error), default=0)


def row_document(row: Row) -> dict[str, Any]:
    """A site of many as ``site refresh --json`` shows it."""
    document = {"site": row.name, "ok": row.error is None, "error": str(row.error) if row.error else None}
    return document | {"created": row.created} | (taken_document(row.taken) if row.taken else {})

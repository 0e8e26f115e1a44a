"""``plugwatch fork publish``: the folder that sites and Composer update from."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from plugwatch.cli.context import App, json_option, next_step, note, pass_app, print_json
from plugwatch.cli.patch_views import read_all, read_one
from plugwatch.errors import EXIT_PERSON, EXIT_UNKNOWN

if TYPE_CHECKING:
    from plugwatch.cli.publishing import Shelf
    from plugwatch.model.publishing.plan import Plan, Row, Wishes
    from plugwatch.model.publishing.published import Published


@dataclass(frozen=True)
class _Run:
    """One run: where to, and what was asked for; ``package`` is another name of the one component for Composer."""

    out: Path
    base: str
    only: tuple[str, ...]
    include: tuple[str, ...]
    package: str | None
    dry: bool


@dataclass(frozen=True)
class _Result:
    """What was planned, what the folder had before and has now (None: a dry run), new files, and what it lacks."""

    plan: Plan
    before: Published
    after: Published | None = None
    written: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()


@click.command()
@click.argument("components", nargs=-1, metavar="[COMPONENT]…")
@click.option("--out", metavar="DIR", type=click.Path(path_type=Path), help="The folder (default: builds.publish).")
@click.option("--url", metavar="BASE", help="Where the folder will be seen (default: builds.update_uri).")
@click.option(
    "--include", multiple=True, metavar="COMPONENT", help="Publish this too, though it is sold or a matter of security."
)
@click.option("--package", metavar="VENDOR/NAME", help="Another name for Composer, for the one component named.")
@click.option("--dry-run", is_flag=True, help="Say what would be published; write nothing.")
@json_option
@pass_app
def publish(app: App, as_json: bool, **options: Any) -> int:
    """Write the folder that sites and Composer update from.

    All forks with builds; with names, these alone move on. Any web space can show the folder: copy it there.
    """
    from plugwatch.cli.progressing import progress

    run = _read_options(app, **options)
    shelf, failed = _read_forks(app, run)
    with progress("packing builds"):
        result = _publish(app, run, shelf)
    if as_json:
        print_json(_document(run, result))
    else:
        _show(run, result)
    gone = [f"{path} is not there as it was published, so nothing points to it; bring it back" for path in result.gone]
    for sentence in (*map(str, result.plan.left_out), *result.plan.notes, *gone):
        note(f"note: {sentence}")
    if not as_json:
        _next(run, result)
    return EXIT_PERSON if gone else EXIT_UNKNOWN if failed else 0


def _read_options(
    app: App,
    components: tuple[str, ...],
    out: Path | None,
    url: str | None,
    include: tuple[str, ...],
    package: str | None,
    dry_run: bool,
) -> _Run:
    from plugwatch.cli.publishing import published_base, published_folder
    from plugwatch.model.publishing.packages import check_package

    if package and len(components) != 1:
        raise click.UsageError("--package names one component; say which one.")
    name = check_package(package) if package else None
    return _Run(published_folder(app, out), published_base(app, url), components, include, name, dry_run)


def _read_forks(app: App, run: _Run) -> tuple[Shelf, int]:
    """The forks that are looked at, and how many could not be read."""
    from plugwatch.cli.publishing import Shelf

    if run.only:
        views, failed = [read_one(app, text) for text in run.only], 0
    else:
        views, failed = read_all(app)
    return Shelf(app, {view.component: view for view in views}), failed


def _publish(app: App, run: _Run, shelf: Shelf) -> _Result:
    from plugwatch.cli.publishing import page_of, what_is_known
    from plugwatch.delivery.publisher import Folder
    from plugwatch.model.publishing.plan import plan as make_plan
    from plugwatch.workflows.publish import missing
    from plugwatch.workflows.publish import publish as write

    folder, facts, wishes = Folder(run.out), shelf.facts(named=bool(run.only)), _wishes(app, run, shelf)
    with nullcontext() if run.dry else folder.locked():
        before = folder.read()
        named = _with_package(before, run, shelf)
        with app.ledger.reading() as work:
            plan = make_plan(facts, before, what_is_known(app, work, shelf.views.values()), wishes)
        if run.dry:
            return _Result(plan, before)
        after = write(plan, named, folder, shelf.open_files, page_of(app, run.base))
        return _Result(plan, before, after, tuple(folder.written), tuple(missing(after, folder)))


def _wishes(app: App, run: _Run, shelf: Shelf) -> Wishes:
    from plugwatch.cli.forking import find_component
    from plugwatch.model.publishing.plan import Wishes

    named = shelf.views if run.only else ()
    return Wishes(frozenset(named) | {find_component(app, text) for text in run.include})


def _with_package(before: Published, run: _Run, shelf: Shelf) -> Published:
    """The record with the name that somebody has given a component for Composer.

    Raises PlugwatchError where another component has it.
    """
    if run.package is None:
        return before
    from plugwatch.model.publishing.packages import check_free

    (component,) = shelf.views
    check_free(run.package, component, before)
    names = dict.fromkeys([*before.packages.get(component, ()), run.package])
    return replace(before, packages={**before.packages, component: tuple(names)})


def _document(run: _Run, result: _Result) -> dict[str, Any]:
    from plugwatch.model.publishing.plan import offered

    return {
        "out": str(run.out),
        "url": run.base,
        "dry_run": run.dry,
        "components": [_row_document(row, run, result) for row in offered(result.plan, result.before)],
        "left_out": [
            {"component": str(one.component), "why": one.why, "published_before": one.kept}
            for one in result.plan.left_out
        ],
        "notes": list(result.plan.notes),
        "written": list(result.written),
        "missing": list(result.gone),
    }


def _row_document(row: Row, run: _Run, result: _Result) -> dict[str, Any]:
    from plugwatch.model.publishing.published import address

    archive = result.after.archives.get(row.path or "") if result.after else None
    return {
        "component": str(row.component),
        "state": row.state,
        "version": row.version,
        "base_version": row.base_version,
        "package": address(run.base, row.path) if row.path else None,
        "sha256": archive.sha256 if archive else None,
        "upstream": row.upstream,
        "held": row.held,
        "new": row.is_new,
    }


def _show(run: _Run, result: _Result) -> None:
    from plugwatch.model.publishing.plan import offered
    from plugwatch.render.terminal import count, show_table

    rows = offered(result.plan, result.before)
    cells = [
        (
            str(row.component),
            row.state,
            row.version,
            row.upstream,
            ", ".join(row.held_in_words),
            "new" if row.is_new else "",
        )
        for row in rows
    ]
    show_table(("COMPONENT", "OFFERED", "VERSION", "VENDOR'S", "HELD", "CHANGE"), cells)
    if run.dry:
        note(f"\nnothing was written: this is what {run.out} would offer at {run.base}")
    else:
        note(f"\n{run.out}: {count(len(result.written), 'file')} written; it belongs at {run.base}")


def _next(run: _Run, result: _Result) -> None:
    if run.dry:
        next_step("plugwatch fork publish")
    elif result.written:
        next_step(
            f"copy {run.out} to the web space behind {run.base}",
            "plugwatch fork guard",
            "plugwatch fork composer COMPONENT",
        )

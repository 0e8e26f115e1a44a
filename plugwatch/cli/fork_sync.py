"""``plugwatch fork sync``: share forks with colleagues through a git repository on any host."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from plugwatch.cli.context import App, json_option, next_step, note, pass_app, print_json
from plugwatch.cli.forking import find_component, recover, stamp, writing
from plugwatch.errors import EXIT_PERSON, EXIT_UNKNOWN, ForkError, PlugwatchError, UnknownError
from plugwatch.forks.fork import Fork
from plugwatch.model.component import Component
from plugwatch.model.git_remote import (
    DEFAULT_NAME,
    GitRemote,
    fill_template,
    is_remote_name,
    parse_remote,
)
from plugwatch.model.sharing import Decision, Synced
from plugwatch.workflows import sync as workflow

if TYPE_CHECKING:
    from plugwatch.forks.remotes import Login
    from plugwatch.forks.sync import Exchange

_JOBS = 8


@dataclass(frozen=True)
class Row:
    """What became of one fork; without ``synced`` an error says why nothing did."""

    component: Component
    remote: str | None
    synced: Synced | None = None
    error: PlugwatchError | None = None

    @property
    def status(self) -> str:
        """``synced``, ``diverged``, ``failed``, ``unreachable``, or ``skipped`` where no remote is known."""
        if self.synced:
            return "diverged" if self.synced.diverged else "synced"
        if self.remote is None and not self.error:
            return "skipped"
        return "unreachable" if isinstance(self.error, UnknownError) else "failed"


@click.command()
@click.argument("component", required=False)
@click.argument("remote", required=False)
@click.option("--all", "every", is_flag=True, help="Every fork that has a remote (also without COMPONENT).")
@click.option(
    "--take",
    type=click.Choice(["ours", "theirs", "both"]),
    help="Decide between two stacks that have diverged; both: ours on top of theirs.",
)
@click.option("--on", "version", metavar="V", help="The release of the stacks that --take decides on.")
@json_option
@pass_app
def sync(
    app: App,
    component: str | None,
    remote: str | None,
    every: bool,
    take: str | None,
    version: str | None,
    as_json: bool,
) -> int:
    """Fetch what colleagues did, push what you did.

    REMOTE is the address of a git repository, remembered for next time, or a name that the fork remembers; without it
    the one remembered, else 'remote' under [sync]. Nothing is overwritten: stacks that have diverged are shown.
    --take ours also takes back there what 'fork undo' took back here.
    """
    if component and remote is None and not every and _is_address(component):
        raise click.UsageError(f"the component comes first: plugwatch fork sync plugin/SLUG {component}")
    if every and remote is None:
        component, remote = None, component
    if (every and component) or bool(take) != bool(version) or (take and not component):
        raise click.UsageError(
            "write COMPONENT [REMOTE], or --all [REMOTE], or COMPONENT --on V --take ours|theirs|both"
        )
    if component is None:
        rows = _sync_all(app, remote)
    else:
        decision = Decision(version, take) if version and take else None
        rows = [_sync_one(app, find_component(app, component), remote, decision)]
    documents = [_document(row) for row in rows]
    if as_json:
        print_json(documents if component is None else documents[0])
    else:
        for row in rows:
            _show(row)
        if rows:
            _say_what_next(rows)
        else:
            note("no fork here yet; fetch one with 'plugwatch fork sync plugin/SLUG ADDRESS'")
    return _exit_code(rows)


def _is_address(text: str) -> bool:
    """Whether this can be no component: it is written as git writes an address or a folder."""
    return ":" in text or text.startswith(("/", ".", "~"))


def _sync_one(app: App, component: Component, wanted: str | None, decision: Decision | None) -> Row:
    """One fork; one that is only on the remote is made here. Raises what keeps it from being done."""
    from plugwatch.forks.sync import Exchange

    if component.kind == "core" or "/" in component.slug:
        raise ForkError(f"{component} cannot be forked; name a plugin, a theme, a must-use plugin or a drop-in")
    known = app.forks.open(component)
    remote, name = choose_remote(app, component, known, wanted)
    if remote is None:
        raise ForkError(
            f"no remote is known for {component}; name one with 'plugwatch fork sync {component} ADDRESS', "
            "or set 'remote' under [sync] for all"
        )
    fork = known or app.forks.create(component)
    try:
        recover(app, fork)
        tools = _tools(app, fork, name)
        return Row(
            component,
            str(remote),
            workflow.sync_fork(fork, Exchange(fork, remote, _login(app)), tools, decision=decision),
        )
    finally:
        app.forks.discard(fork)  # only where nothing came of it


def _sync_all(app: App, wanted: str | None) -> list[Row]:
    """Every fork that has a remote; one that fails is a row.

    All remotes are asked first and at once, since most have nothing new; what they have is taken one by one.
    """
    from concurrent.futures import ThreadPoolExecutor

    from plugwatch.cli.progressing import progress
    from plugwatch.forks.remotes import Listings
    from plugwatch.forks.sync import Exchange

    components = app.forks.components()
    if wanted and not is_remote_name(wanted) and "{slug}" not in wanted and len(components) > 1:
        raise click.UsageError("each fork needs a repository of its own; write {slug} into the address")
    login, chosen = _login(app), [_chosen(app, component, wanted) for component in components]
    if components and all(isinstance(found, Row) and not found.error for found in chosen):
        raise ForkError(
            "no remote is known for any fork; set 'remote' under [sync], "
            "or name one with 'plugwatch fork sync COMPONENT ADDRESS'"
        )
    rows: list[Row] = []
    listings = Listings()
    with ThreadPoolExecutor(_JOBS) as pool, progress("syncing forks", len(chosen)) as advance:
        asked = [
            found if isinstance(found, Row) else (found, pool.submit(listings.ask, Exchange(found[0], found[1], login)))
            for found in chosen
        ]
        try:
            for one in asked:
                if isinstance(one, Row):
                    rows.append(one)
                else:
                    (fork, remote, name), answer = one
                    rows.append(_finish(app, Exchange(fork, remote, login), name, answer))
                advance()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
    return rows


def _chosen(app: App, component: Component, wanted: str | None) -> tuple[Fork, GitRemote, str | None] | Row:
    """A fork and its remote, or the row that says why there is none."""
    try:
        fork = app.forks.open(component)
        if fork is None:
            raise ForkError(f"the fork of {component} went away")
        recover(app, fork)
        remote, name = choose_remote(app, component, fork, wanted)
        return (fork, remote, name) if remote else Row(component, None)
    except PlugwatchError as error:
        return Row(component, None, error=error)


def _finish(app: App, exchange: Exchange, name: str | None, answer: Any) -> Row:
    fork, remote = exchange.fork, str(exchange.remote)
    try:
        synced = workflow.sync_fork(fork, exchange, _tools(app, fork, name), there=answer.result())
        return Row(fork.component, remote, synced)
    except PlugwatchError as error:
        return Row(fork.component, remote, error=error)


def _tools(app: App, fork: Fork, name: str | None) -> workflow.Tools:
    @contextmanager
    def hold() -> Iterator[None]:
        with writing(app, fork, "fork sync"):
            yield

    return workflow.Tools(hold, app.ledger, stamp(app), name)


def choose_remote(
    app: App, component: Component, fork: Fork | None, wanted: str | None
) -> tuple[GitRemote | None, str | None]:
    """The repository meant, and the name to remember it under where it was written out."""
    from plugwatch.forks.sync import find_remembered

    if wanted is not None and not is_remote_name(wanted):
        address = fill_template(wanted, component)
        if address.startswith(("./", "../", "~")) or address in (".", ".."):
            address = str(Path(address).expanduser().absolute())
        return parse_remote(address), DEFAULT_NAME
    remembered = find_remembered(fork, wanted or DEFAULT_NAME) if fork else None
    if remembered:
        return parse_remote(remembered), None
    if wanted is not None:
        raise ForkError(
            f"{component} has no remote called '{wanted}'; write its address (a folder as ./{wanted}), "
            f"or add it with 'git remote add {wanted} ADDRESS' in the fork's repository"
        )
    template = app.settings.sync.remote
    return (parse_remote(fill_template(template, component)), None) if template else (None, None)


def _login(app: App) -> Login | None:
    """The token from the environment; where the settings name a server it is for that one alone."""
    from plugwatch.config import git_token
    from plugwatch.forks.remotes import Login

    token, sync = git_token(), app.settings.sync
    if not token:
        return None
    home = parse_remote(fill_template(sync.remote, Component("plugin", "any"))) if sync.remote else None
    return Login(sync.user, token, home.origin if home and home.protocol in ("https", "http") else "")


def _exit_code(rows: list[Row]) -> int:
    found = {row.status for row in rows}
    if "diverged" in found:
        return EXIT_PERSON
    if "unreachable" in found:
        return EXIT_UNKNOWN
    return max((row.error.exit_code for row in rows if row.error), default=0)


def _document(row: Row) -> dict[str, Any]:
    synced = row.synced
    return {
        "component": str(row.component),
        "remote": row.remote,
        "status": row.status,
        "fetched": list(synced.fetched) if synced else [],
        "pushed": list(synced.pushed) if synced else [],
        "alarms": list(synced.alarms) if synced else [],
        "diverged": [vars(found) for found in synced.diverged] if synced else [],
        "error": str(row.error) if row.error else None,
    }


def _show(row: Row) -> None:
    from plugwatch.render.terminal import clean, clean_lines

    if row.synced is None:
        why = str(row.error) if row.error else "no remote is known for it"
        click.echo(clean(f"{row.component}  {row.status}: {why}"))
        return
    click.echo(clean(f"{row.component}  {row.remote}  {row.status}"))
    for verb, names in (("fetched", row.synced.fetched), ("pushed", row.synced.pushed)):
        for name in names:
            click.echo(f"  {verb} {clean(name)}")
    if row.status == "synced" and not row.synced.fetched and not row.synced.pushed:
        click.echo("  nothing new on either side")
    for found in row.synced.diverged:
        click.echo(f"  carried/{found.on} has diverged: ours {found.ours[:10]}, theirs {found.theirs[:10]}")
        click.echo(clean_lines("".join(f"  {line}\n" for line in found.range_diff.splitlines())), nl=False)
    for alarm in row.synced.alarms:
        note(clean(f"warning: {alarm}"))


def _say_what_next(rows: list[Row]) -> None:
    stuck = next((row for row in rows if row.synced and row.synced.diverged), None)
    if stuck and stuck.synced:
        on = stuck.synced.diverged[0].on
        next_step(f"talk it over, then: plugwatch fork sync {stuck.component} --on {on} --take both|ours|theirs")
    elif any(row.synced and row.synced.fetched for row in rows):
        next_step("plugwatch fork list", "plugwatch fork forecast --all --to latest")
    else:
        next_step("plugwatch fork list")

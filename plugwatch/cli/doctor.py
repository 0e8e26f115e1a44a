"""``plugwatch doctor``: what this machine and this workspace have, and what they lack."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import click

from plugwatch.cli.context import App, json_option, next_step, pass_app, print_json
from plugwatch.config import GIT_TOKEN_VARIABLE
from plugwatch.errors import EXIT_ERROR, EXIT_UNKNOWN, PlugwatchError, UnknownError
from plugwatch.model.release_source import COMPOSER_LOGIN, GIT_LOGIN
from plugwatch.process import find, run
from plugwatch.render.terminal import count, show_table

_OLDEST_GIT = (2, 38)  # merge-tree --write-tree came with it
_SECRETS = (
    "PLUGWATCH_GITHUB_TOKEN",
    "GITHUB_TOKEN",
    GIT_TOKEN_VARIABLE,
    "COMPOSER_AUTH",
    "PLUGWATCH_MAINWP_TOKEN",
    "PLUGWATCH_SMTP_PASSWORD",
    "PLUGWATCH_IMAP_PASSWORD",
    "PLUGWATCH_CHAT_URLS",
)
_PREFIX = "secret "
# One for each host, or for each site, in capitals.
_SECRETS_OF = {GIT_LOGIN: "HOST", COMPOSER_LOGIN: "HOST", "PLUGWATCH_APP_PASSWORD": "SITE"}


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    ``state`` is ``ok``, ``missing`` (something works less), ``bad``, or ``unknown`` for a road that leads nowhere now.
    """

    what: str
    state: str
    detail: str


@click.command()
@click.option("--network", is_flag=True, help="Also ask WordPress.org and GitHub whether they answer.")
@json_option
@pass_app
def doctor(app: App, network: bool, as_json: bool) -> int:
    """Check what this machine and workspace need."""
    findings = [*_machine(), *_guarded("workspace", lambda: _workspace(app))]
    if network:
        from plugwatch.cli.progressing import progress

        with progress("asking whether they answer"):
            findings += _guarded("network", lambda: _network(app))
    states = {finding.state for finding in findings}
    if as_json:
        print_json({"ok": not states & {"bad", "unknown"}, "checks": [vars(finding) for finding in findings]})
    else:
        show_table(("CHECK", "STATE", "DETAIL"), [(f.what, f.state, f.detail) for f in _folded(findings)])
        next_step("plugwatch check" if network else "plugwatch doctor --network")
    return EXIT_ERROR if "bad" in states else EXIT_UNKNOWN if "unknown" in states else 0


def _folded(findings: Sequence[Finding]) -> Iterator[Finding]:
    """The findings with the secrets that are not set in one line: most people need none or one of them."""
    unset = [f.what.removeprefix(_PREFIX) for f in findings if f.what.startswith(_PREFIX) and f.state == "missing"]
    last = _PREFIX + unset[-1] if unset else ""
    for finding in findings:
        if finding.what == last:
            yield Finding("other secrets", "missing", f"not set: {', '.join(unset)}")
        elif finding.what.removeprefix(_PREFIX) not in unset:
            yield finding


def _machine() -> Iterator[Finding]:
    text = run(["git", "--version"]).stdout.decode() if find("git") else ""
    version = re.search(r"(\d+)\.(\d+)", text)
    if version is None:
        yield Finding("git", "bad", "not on PATH; install git 2.38 or newer")
    elif (int(version[1]), int(version[2])) < _OLDEST_GIT:
        yield Finding("git", "bad", f"{text.strip()} is too old; install git 2.38 or newer")
    else:
        yield Finding("git", "ok", text.strip())
    php = find("php")
    detail = f"{php}; changed PHP files are checked" if php else "not on PATH; changed PHP files are not checked"
    yield Finding("php", "ok" if php else "missing", detail)
    for name in (*_SECRETS, *_secrets_of_one()):
        present = bool(os.environ.get(name))
        yield Finding(_PREFIX + name, "ok" if present else "missing", "set" if present else "not set")


def _secrets_of_one() -> Iterator[str]:
    """The names of the secrets for one host or site each, as they are set; how to call one where none is."""
    for prefix, whose in _SECRETS_OF.items():
        names = sorted(name for name in os.environ if re.fullmatch(f"{prefix}_[A-Z0-9_]+", name))
        yield from names or [f"{prefix}_{whose}"]


def _workspace(app: App) -> Iterator[Finding]:
    agency = app.settings.agency
    yield Finding("workspace", "ok", str(app.workspace))
    if agency.name and agency.email:
        yield Finding("agency", "ok", f"{agency.name} <{agency.email}>")
    else:
        yield Finding("agency", "missing", "set name and email under [agency]: they sign patches and drafts")
    yield from _guarded("ledger", lambda: _ledger(app))
    yield from _guarded("templates", lambda: _templates(app))
    for component in app.forks.components():
        yield from _guarded(f"fork {component}", lambda named=component: _fork(app, named))  # type: ignore[misc]
    yield from _guarded("patches", lambda: _patches(app))


def _network(app: App) -> Iterator[Finding]:
    """Whether the services that are read answer at all; they are asked at once, so that one silent one costs little."""
    from concurrent.futures import ThreadPoolExecutor

    place, github = app.settings.wordpress_org, app.settings.github
    roads = {
        "WordPress.org API": place.api_url,
        "WordPress.org downloads": place.downloads_url,
        "GitHub API": github.api_url,
    }
    with ThreadPoolExecutor(len(roads)) as pool:
        yield from pool.map(_road, roads, roads.values())


def _road(name: str, url: str) -> Finding:
    from plugwatch.upstream.reach import reach

    try:
        return Finding(f"network {name}", "ok", reach(url))
    except UnknownError as error:
        return Finding(f"network {name}", "unknown", str(error))
    except PlugwatchError as error:
        return Finding(f"network {name}", "bad", str(error))


def _ledger(app: App) -> Iterator[Finding]:
    with app.ledger.reading() as work:
        sites = len(work.sites.list())
    yield Finding("ledger", "ok", f"{app.ledger.place}, {count(sites, 'site')}")


def _templates(app: App) -> Iterator[Finding]:
    from plugwatch.render.template_check import find_unused
    from plugwatch.render.templates import Templates

    files = Templates([app.workspace / "templates"]).files()
    for file in find_unused(files):
        yield Finding("templates", "bad", f"{file.path} replaces nothing: plugwatch has no such template")
    own = sum(file.own for file in files)
    yield Finding("templates", "ok", f"{own} of your own" if own else "the ones that came with plugwatch")


def _fork(app: App, component: Any) -> Iterator[Finding]:
    fork = app.forks.open(component)
    if fork is None:
        yield Finding(f"fork {component}", "bad", "its repository went away")
        return
    broken = fork.broken_refs()
    if broken:
        names = ", ".join(broken)
        detail = f"git cannot read {names}; 'plugwatch fork show {component}' puts it back from the records"
        yield Finding(f"fork {component}", "bad", detail)
        return
    fork.git.run("fsck", "--no-dangling", "--connectivity-only")
    waiting = ", an operation waits to be finished" if fork.unfinished() else ""
    content = f"{count(len(fork.releases()), 'release')}, {count(len(fork.stacks()), 'stack')}"
    yield Finding(f"fork {component}", "ok", f"{content}{waiting}")


def _patches(app: App) -> Iterator[Finding]:
    """A line for each fork with patches that somebody must see to; nothing is written, not even what a kill left."""
    from plugwatch.cli.lost_forks import lost_forks
    from plugwatch.forks.overview import read_overview
    from plugwatch.workflows.lint import lint_all

    for component, sentence in lost_forks(app).items():
        yield Finding(f"fork {component}", "bad", sentence)
    views = []
    for component in app.forks.components():
        try:
            views += [read_overview(fork) for fork in [app.forks.open(component)] if fork]
        except PlugwatchError as error:
            yield Finding(f"patches of {component}", "bad", str(error))
    with app.ledger.reading() as work:
        findings = lint_all(work, views, now=app.now)
    for component in dict.fromkeys(finding.component for finding in findings):
        codes = Counter(finding.code for finding in findings if finding.component == component)
        detail = ", ".join(f"{code} ({number})" for code, number in codes.items())
        yield Finding(f"patches of {component}", "bad", f"{detail}; run 'plugwatch patch lint {component}'")


def _guarded(what: str, look: Callable[[], Iterator[Finding]]) -> list[Finding]:
    """What a look found, up to where it failed: one broken thing must not hide the others."""
    findings: list[Finding] = []
    try:
        findings.extend(look())
    except PlugwatchError as error:
        findings.append(Finding(what, "bad", str(error)))
    return findings

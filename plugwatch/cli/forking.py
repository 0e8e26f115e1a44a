"""What the commands on forks and patches share: naming a component, opening its fork, fetching a source."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from plugwatch.cli.context import App
from plugwatch.cli.release_sources import fetched_file, fetched_release
from plugwatch.errors import AmbiguousError, ForkError, NotFoundError
from plugwatch.forks.fork import Fork
from plugwatch.ledger.ids import new_id
from plugwatch.model.component import KINDS, Component
from plugwatch.model.fork import Person
from plugwatch.model.release_source import parse_source
from plugwatch.workflows.operations import Stamp, settle

_NOBODY = Person("Unnamed agency", "agency@plugwatch.invalid")


def find_component(app: App, text: str) -> Component:
    """A component by any unambiguous part; one in full need not be known to the ledger, since a fork may come first.

    Forks are looked at first: whoever works on a fork means one of them. Raises AmbiguousError or NotFoundError.
    """
    forked = app.forks.components()
    exact = [c for c in forked if text in (str(c), c.slug)]
    if len(exact) == 1:
        return exact[0]
    kind, _slash, rest = text.partition("/")
    if kind in KINDS and rest:
        return Component.parse(text)
    try:
        with app.ledger.reading() as work:
            return work.components.resolve(text)
    except NotFoundError:
        partly = [c for c in forked if text.casefold() in c.slug.casefold()]
        if len(partly) == 1:
            return partly[0]
        if partly:
            raise AmbiguousError("components", text, [str(c) for c in partly]) from None
        raise NotFoundError(
            f"no component here is called '{text}'; write it in full, as plugin/{text} or theme/{text}"
        ) from None


def open_fork(app: App, text: str) -> Fork:
    """The fork of a component, with whatever a killed command left behind carried out.

    Raises ForkError when there is none.
    """
    component = find_component(app, text)
    fork = app.forks.open(component)
    if fork is None:
        raise ForkError(
            f"there is no fork of {component} yet; "
            f"make one with 'plugwatch fork create {component} --version V --from ZIP'"
        )
    recover(app, fork)
    return fork


def recover(app: App, fork: Fork) -> None:
    """Roll an unfinished operation forward, in git and in the ledger."""
    if fork.unfinished() is not None:
        with fork.writing("recovery"):
            pass
    settle(fork, app.ledger)


@contextmanager
def writing(app: App, fork: Fork, purpose: str) -> Iterator[None]:
    """Hold a fork's lock, with git and ledger in one state."""
    with fork.writing(purpose):
        settle(fork, app.ledger)
        yield


def stamp(app: App) -> Stamp:
    """Who does it, and when."""
    return Stamp(app.actor, app.now, new_id)


def agency_person(app: App) -> Person:
    """The author of our commits: the agency, never the machine's git identity."""
    agency = app.settings.agency
    name, email = (" ".join(re.sub("[<>]", "", text).split()) for text in (agency.name, agency.email))
    return Person(name or _NOBODY.name, email or _NOBODY.email)


def without_secrets(source: str) -> str:
    """A source as it may be recorded: without passwords, and a URL without its query, which may be a licence key."""
    return parse_source(source).shown


@contextmanager
def fetched(source: str, app: App | None = None, component: Component | None = None) -> Iterator[Path]:
    """A source as a path: a ZIP, a folder or a file as it is, a URL fetched for the block.

    With a component, whatever a release of it can come from: ``wporg``, ``git:``, ``svn:``, ``composer:``, ``site:``.
    Raises InputError when it is not there or is of a kind that is not known.
    """
    if app and component:
        with fetched_release(app, component, parse_source(source)) as release:
            yield release.path
        return
    with fetched_file(source) as path:
        yield path

"""What the commands on forks and patches share: naming a component, opening its fork, fetching a source."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

from plugwatch.cli.context import App
from plugwatch.errors import AmbiguousError, ForkError, InputError, NotFoundError
from plugwatch.forks.fork import Fork
from plugwatch.ledger.ids import new_id
from plugwatch.model.component import KINDS, Component
from plugwatch.model.fork import Person
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
    """A source as it may be recorded: a URL without user, password and query, which may be a licence key."""
    from plugwatch.upstream.download import is_url

    if not is_url(source):
        return source.encode("utf-8", "replace").decode()  # a path need not be UTF-8, a record must be
    parts = urlsplit(source)
    return f"{parts.scheme}://{parts.hostname}{parts.path}"


@contextmanager
def fetched(source: str) -> Iterator[Path]:
    """A source as a path: a ZIP, a folder or a file as it is, a URL fetched for the block.

    Raises InputError when it is not there or is of a kind that is not known.
    """
    from plugwatch.upstream.download import download, is_url

    if is_url(source):
        with TemporaryDirectory(prefix="plugwatch-") as folder:
            yield download(source, Path(folder))
        return
    path = Path(source).expanduser()
    if not path.exists():
        raise InputError("there is no such file or folder; give a ZIP, a folder or a URL", source=source)
    yield path

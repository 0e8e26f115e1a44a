"""What commands share: the workspace, its settings, the ledger and the forks, each made when first asked for."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import cached_property, update_wrapper
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from zoneinfo import ZoneInfo

import click

from plugwatch.config import current_user, database_url, find_workspace, load_settings

if TYPE_CHECKING:
    from plugwatch.forks.fork import ForkStore
    from plugwatch.ledger.database import Ledger
    from plugwatch.model.settings import Settings
    from plugwatch.upstream.wordpress_org import WordPressOrg

F = TypeVar("F", bound=Callable[..., Any])


class App:
    """One run of the program in one workspace."""

    def __init__(self, given: str | None) -> None:
        self._given = Path(given) if given else None

    @cached_property
    def workspace(self) -> Path:
        """The workspace's folder."""
        return find_workspace(self._given)

    @cached_property
    def settings(self) -> Settings:
        """What plugwatch.toml says."""
        return load_settings(self.workspace)

    @cached_property
    def ledger(self) -> Ledger:
        """The ledger, brought up to date."""
        from plugwatch.ledger.database import open_ledger

        return open_ledger(database_url(self.settings), workspace=self.workspace)

    def close(self) -> None:
        """Let go of the ledger, where it was opened."""
        if "ledger" in self.__dict__:
            self.ledger.close()

    @cached_property
    def forks(self) -> ForkStore:
        """The forks of this workspace."""
        from plugwatch.forks.fork import ForkStore

        return ForkStore(self.workspace / "forks")

    @cached_property
    def directory(self) -> WordPressOrg:
        """What WordPress.org knows of plugins and themes."""
        from plugwatch.upstream.wordpress_org import WordPressOrg

        place = self.settings.wordpress_org
        return WordPressOrg(place.api_url, place.downloads_url)

    @cached_property
    def actor(self) -> str:
        """Who is at the keyboard."""
        return current_user()

    @cached_property
    def zone(self) -> ZoneInfo:
        """The agency's time zone."""
        from plugwatch.model.client import check_timezone

        return ZoneInfo(check_timezone(self.settings.agency.timezone))

    @cached_property
    def now(self) -> datetime:
        """The moment of this command, in the agency's time zone; one for all that it writes."""
        return datetime.now(self.zone).replace(microsecond=0)


def pass_app(command: F) -> F:
    """Hand a command the :class:`App` of this run as its first argument."""

    def wrapper(*args: Any, **kwargs: Any) -> Any:
        context = click.get_current_context()
        root = context.find_root()
        if not isinstance(root.obj, App):
            root.obj = App(root.obj)
            root.call_on_close(root.obj.close)
        return context.invoke(command, root.obj, *args, **kwargs)

    return update_wrapper(wrapper, command)  # type: ignore[return-value]


def json_option(command: F) -> F:
    """``--json``: one document on stdout, nothing else."""
    return click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")(command)


def print_json(document: Any) -> None:
    """Write one JSON document to stdout."""
    import json

    click.echo(json.dumps(document, indent=2, ensure_ascii=False))


def note(text: str) -> None:
    """A remark for the person; it goes to stderr, so that pipes carry results only."""
    click.echo(text, err=True)


def next_step(*commands: str) -> None:
    """Name the next sensible command."""
    note("\nnext: " + " · ".join(commands))

"""``plugwatch init``: a new workspace."""

from __future__ import annotations

import os
import shlex
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import click

from plugwatch.cli.context import next_step, note
from plugwatch.config import DATABASE_VARIABLE, FILE_NAME, database_url, load_settings, settings_from_text
from plugwatch.errors import PlugwatchError
from plugwatch.model.client import check_text, check_timezone, is_email
from plugwatch.model.site import parse_url
from plugwatch.workflows.workspace import settings_text


@click.command()
@click.argument("folder", metavar="[DIR]", required=False, type=click.Path(file_okay=False, path_type=Path))
@click.option("--agency", default="", metavar="NAME", help="Your agency's name, as vendors and clients read it.")
@click.option("--email", default="", metavar="ADDRESS", help="The author of your patches and of mails to vendors.")
@click.option("--url", default="", metavar="URL", help="Your agency's web site.")
@click.option("--timezone", default="UTC", show_default=True, metavar="ZONE", help="An IANA name: Europe/Berlin.")
@click.option("--database", default="sqlite:///plugwatch.db", metavar="URL", help="postgresql://… for a shared ledger.")
def init(folder: Path | None, agency: str, email: str, url: str, timezone: str, database: str) -> None:
    """Make a workspace: settings, ledger, folder for forks."""
    check_text("an agency's name", agency)
    check_timezone(timezone)
    if email and not is_email(email):
        raise PlugwatchError(f"'{email}' is not an e-mail address; write dev@agency.example")
    url = parse_url(url) if url else ""
    if urlsplit(database).password:
        raise PlugwatchError(f"a password does not belong into {FILE_NAME}; give the whole URL in {DATABASE_VARIABLE}")
    folder = (folder or Path(click.get_current_context().find_root().obj or ".")).resolve()
    if (folder / FILE_NAME).exists():
        _make_missing_ledger(folder)
    else:
        text = settings_text(name=agency, email=email, url=url, timezone=timezone, database=database)
        _make(folder, text, os.environ.get(DATABASE_VARIABLE) or database)
        click.echo(f"workspace ready in {folder}")
    if not email:
        note(f"before you write to a vendor, set name and email under [agency] in {FILE_NAME}")
    enter = [] if folder == Path.cwd() else [f"cd {shlex.quote(os.path.relpath(folder))}"]
    next_step(*enter, "plugwatch site add SITE --client CLIENT", "plugwatch site import SITE plugins.txt")


def _make(folder: Path, settings: str, database: str) -> None:
    """Everything or nothing: what was made is taken away again where the ledger cannot be."""
    from plugwatch.ledger.database import open_ledger

    settings_from_text(settings, FILE_NAME)
    made: list[Path] = []
    try:
        for place in (*reversed(folder.parents), folder, folder / "forks", folder / "templates"):
            if not place.is_dir():
                place.mkdir()
                made.append(place)
        open_ledger(database, workspace=folder, create=True).close()
        # Last, because this file is what makes a folder a workspace.
        (folder / FILE_NAME).write_text(settings, encoding="utf-8")
    except BaseException:
        for place in reversed(made):
            with suppress(OSError):
                place.rmdir()
        raise


def _make_missing_ledger(folder: Path) -> None:
    """A workspace that came without its ledger, or was pointed at an empty database, gets an empty one."""
    from plugwatch.ledger.database import connect, open_ledger

    url = database_url(load_settings(folder))
    connection = connect(url, folder, create=True)
    try:
        version = connection.version()
    finally:
        connection.close()
    if version:
        raise PlugwatchError(f"{folder} is a workspace already; its settings are in {folder / FILE_NAME}")
    with open_ledger(url, workspace=folder, create=True) as ledger:
        click.echo(f"{folder} was a workspace without a ledger; a new, empty one is in {ledger.place}")

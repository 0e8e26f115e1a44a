"""``plugwatch init``: a new workspace."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import urlsplit

import click

from plugwatch.cli.context import next_step
from plugwatch.config import DATABASE_VARIABLE, FILE_NAME, settings_from_text
from plugwatch.errors import PlugwatchError
from plugwatch.model.client import check_text, check_timezone, is_email
from plugwatch.workflows.workspace import settings_text


@click.command()
@click.argument("folder", metavar="[DIR]", default=".", type=click.Path(file_okay=False, path_type=Path))
@click.option("--agency", default="", metavar="NAME", help="Your agency's name, as vendors and clients read it.")
@click.option("--email", default="", metavar="ADDRESS", help="The author of your patches and of mails to vendors.")
@click.option("--url", default="", metavar="URL", help="Your agency's web site.")
@click.option("--timezone", default="UTC", show_default=True, metavar="ZONE", help="An IANA name: Europe/Berlin.")
@click.option("--database", default="sqlite:///plugwatch.db", metavar="URL", help="postgresql://… for a shared ledger.")
def init(folder: Path, agency: str, email: str, url: str, timezone: str, database: str) -> None:
    """Make a workspace: settings, ledger, folder for forks."""
    from plugwatch.ledger.database import open_ledger

    check_text("an agency's name", agency)
    check_timezone(timezone)
    if email and not is_email(email):
        raise PlugwatchError(f"'{email}' is not an e-mail address; write dev@agency.example")
    if urlsplit(database).password:
        raise PlugwatchError(f"a password does not belong into {FILE_NAME}; give the whole URL in {DATABASE_VARIABLE}")
    folder = folder.resolve()
    if (folder / FILE_NAME).exists():
        raise PlugwatchError(f"{folder} is a workspace already; its settings are in {folder / FILE_NAME}")
    text = settings_text(name=agency, email=email, url=url, timezone=timezone, database=database)
    settings_from_text(text, FILE_NAME)
    _make_folders(folder)
    open_ledger(os.environ.get(DATABASE_VARIABLE) or database, workspace=folder, create=True).close()
    # Last, because this file is what makes a folder a workspace.
    (folder / FILE_NAME).write_text(text, encoding="utf-8")
    click.echo(f"workspace ready in {folder}")
    if not email:
        click.echo(f"before you write to a vendor, set name and email under [agency] in {FILE_NAME}")
    next_step("plugwatch site add SITE --client CLIENT", "plugwatch site import SITE plugins.txt")


def _make_folders(folder: Path) -> None:
    try:
        for place in (folder, folder / "forks", folder / "templates"):
            place.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise PlugwatchError(f"{error.filename}: {error.strerror}") from error

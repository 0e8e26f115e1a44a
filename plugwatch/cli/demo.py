"""``plugwatch demo``: the whole story on the bundled example, by the real commands, offline."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from importlib.resources import as_file, files
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from plugwatch.config import DATABASE_VARIABLE, WORKSPACE_VARIABLE
from plugwatch.errors import EXIT_PERSON, PlugwatchError

_SITES = (
    ("brightside-shop", "Brightside Bikes", "shop", "8.3"),
    ("brightside-blog", "Brightside Bikes", "info", "8.3"),
    ("northgate-dental", "Northgate Dental", "lead", "8.2"),
    ("northgate-jobs", "Northgate Dental", "lead", "8.2"),
    ("oakridge-choir", "Oakridge Choir", "info", "8.2"),
)
_LISTS = (
    ("brightside-shop", "earlier/brightside-shop.json", ("--at", "yesterday 09:00")),
    ("brightside-shop", "brightside-shop.json", ()),
    ("brightside-shop", "themes/brightside-shop.json", ()),
    ("brightside-blog", "brightside-blog.csv", ()),
    ("northgate-dental", "northgate-dental.txt", ()),
    ("northgate-jobs", "northgate-jobs.tsv", ()),
    ("oakridge-choir", "oakridge-choir.toml", ()),
)
_ZONE = "Europe/Berlin"
_ROADS = ("github-pr", "trac", "forum", "email")
_VENDOR = ("--vendor-email", "support@larkspur.example", "--vendor-url", "https://larkspur.example/tidy-forms/")
_PATCH_TITLE = "Accept the form from cached pages"
_PATCH_WHY = (
    "Since 1.2.4 every visitor needs a fresh nonce. A page cache hands out old ones, so visitors who are not logged in "
    "are told that their session has expired and nothing is sent."
)
_STEPS = (
    "Put the form on a page that a page cache serves.\nOpen that page while logged out.\nFill it in and press Send."
)


@click.command()
@click.option(
    "--keep",
    metavar="DIR",
    type=click.Path(file_okay=False, path_type=Path),
    help="Keep everything in this new folder.",
)
def demo(keep: Path | None) -> None:
    """Play the whole story on the bundled example, offline."""
    if keep and keep.exists() and any(keep.iterdir()):
        raise PlugwatchError(f"{keep} is not empty; give --keep a new folder")
    with as_file(_examples()) as examples:
        place = (keep or Path(tempfile.mkdtemp(prefix="plugwatch-demo-"))).resolve()
        place.mkdir(parents=True, exist_ok=True)
        shutil.copytree(examples, place / "examples", dirs_exist_ok=True)
    _play(place)
    workspace = place / "workspace"
    click.secho("\nWhere everything lies", bold=True)
    for what, path in (
        ("workspace", workspace),
        ("ledger", workspace / "plugwatch.db"),
        ("fork, a plain git repository", workspace / "forks" / "plugin" / "tidy-forms.git"),
        ("installable build", place / "builds"),
        ("drafts", workspace / "drafts"),
        ("the agency's board, for a browser", place / "board" / "index.html"),
    ):
        click.echo(f"  {what:<33} {path}")
    if not keep:
        click.echo(f"\nRemove it with: rm -r {shlex.quote(str(place))}")


def _examples() -> Path:
    """The example agency: packed into a wheel, else in the checkout beside the package."""
    packed = Path(str(files("plugwatch"))) / "examples"
    checkout = Path(str(files("plugwatch"))).parent / "examples"
    for place in (packed, checkout):
        if place.is_dir():
            return place
    raise PlugwatchError("the bundled example is missing; install plugwatch again")


def _play(place: Path) -> None:
    """The story, in the order in which a developer would live it."""
    with _in_workspace(place):
        _set_up()
        _a_client_calls()
        _carry_a_patch()
        _tell_the_vendor()
        _the_vendor_ships_it()
        _look_back()


@contextmanager
def _in_workspace(place: Path) -> Iterator[None]:
    """The demo's own folder and settings: a team's ledger that the environment names must not get its inventions."""
    here = Path.cwd()
    before = {name: os.environ.pop(name, None) for name in (WORKSPACE_VARIABLE, DATABASE_VARIABLE)}
    os.chdir(place)
    os.environ[WORKSPACE_VARIABLE] = str(place / "workspace")
    try:
        yield
    finally:
        os.chdir(here)
        del os.environ[WORKSPACE_VARIABLE]
        os.environ |= {name: value for name, value in before.items() if value is not None}


def _set_up() -> None:
    _title("An agency with three clients and five sites")
    _do(
        "init",
        "workspace",
        "--agency",
        "Fernhill Web",
        "--email",
        "dev@fernhill.example",
        "--timezone",
        _ZONE,
    )
    for site, client, tier, php in _SITES:
        _do("site", "add", site, "--client", client, "--tier", tier, "--php", php)
    for site, file, when in _LISTS:
        _do("site", "import", site, f"examples/sites/{file}", *when)
    _do("site", "set", "brightside-shop", "--wordpress", "6.9.1")
    _do("component", "where", "tidy", "--version", ">=1.2.4,<1.3")


def _a_client_calls() -> None:
    _title("The phone rings")
    _do("incident", "open", "brightside-shop", "tidy", "the contact form says our session has expired")
    _do("incident", "open", "northgate-dental", "tidy", "we get no enquiries any more", "--heard", "mail")
    _do(
        *("incident", "set", "INC-1", "--trigger", "update", "--affected", ">=1.2.4", "--steps", _STEPS),
        *("--expected", "The message is sent and the visitor reads a confirmation."),
        *("--actual", "The visitor reads that the session has expired, and nothing is sent."),
    )


def _carry_a_patch() -> None:
    _title("A fork, a patch, and the vendor's next release")
    releases = "examples/tidy-forms"
    _do("fork", "create", "plugin/tidy-forms", "--from", f"{releases}/1.2.4")
    _do(
        *("patch", "import", "tidy-forms", "examples/fix-nonce.patch", "--incident", "INC-1"),
        *("--title", _PATCH_TITLE, "--why", _PATCH_WHY),
    )
    _do("fork", "import", "tidy-forms", "--from", f"{releases}/1.2.5")
    _do("fork", "forecast", "tidy-forms", "--to", "1.2.5")
    _do("fork", "upgrade", "tidy-forms", "--to", "1.2.5")
    _do("fork", "build", "tidy-forms", "--out", "builds")


def _tell_the_vendor() -> None:
    _title("Drafts for the vendor; nothing is sent by the demo, so we say that the mail left by hand")
    _do("vendor", "set", "tidy-forms", "--name", "Larkspur Labs", "--email", "support@larkspur.example")
    _do("vendor", "show", "tidy-forms", "--offline")
    for road in _ROADS:
        _do("submission", "draft", "INC-1", "--via", road, "--offline", *_VENDOR)
    _do("submission", "mark", f"SUB-{len(_ROADS)}", "sent", "--note", "From our own mail program.")


def _the_vendor_ships_it() -> None:
    _title("The release that contains the fix")
    _do("fork", "import", "tidy-forms", "--from", "examples/tidy-forms/1.3.0")
    _do("fork", "forecast", "tidy-forms", "--to", "latest")
    _do("fork", "upgrade", "tidy-forms", "--to", "1.3.0")
    _do("submission", "poll", "--all", "--offline")
    _do("submission", "show", f"SUB-{len(_ROADS)}")
    _do("incident", "show", "INC-1")


def _look_back() -> None:
    _title("Something to look at, and something for the client")
    _do("report", "agency", "--out", "board")
    month = f"{datetime.now(ZoneInfo(_ZONE)):%Y-%m}"
    _do("report", "client", "brightside-bikes", "--month", month, "--format", "md")


def _title(text: str) -> None:
    click.secho(f"\n── {text} ", bold=True, nl=False)
    click.secho("─" * max(3, 76 - len(text)), bold=True)


def _do(*args: str) -> None:
    """Show a command, then run it as it was shown. A blocked draft is part of the story, anything else is not."""
    from plugwatch.cli.main import run

    click.secho(f"\n$ plugwatch {shlex.join(args)}", fg="cyan")
    sys.stdout.flush()
    code = run(list(args))
    if code not in (0, EXIT_PERSON):
        raise PlugwatchError(f"the demo stopped: 'plugwatch {args[0]} {args[1]}' ended with {code}")

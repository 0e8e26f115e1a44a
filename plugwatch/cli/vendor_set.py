"""``plugwatch vendor set``: what persons say of a vendor, which goes before all that is found out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar

import click

from plugwatch.cli.context import App, json_option, next_step, pass_app, print_json
from plugwatch.cli.vendor_list import find_made, say_told, vendor_document
from plugwatch.errors import PlugwatchError
from plugwatch.model.component import Component
from plugwatch.model.roads.road import ROADS
from plugwatch.model.vendors.telling import Telling
from plugwatch.model.vendors.told import LABELS, NOTE, PAID, PATCH, PATCH_AS, Told, check_labels, check_note
from plugwatch.model.vendors.vendor import Vendor, parse_domain

F = TypeVar("F", bound=Callable[..., Any])

_ROAD = click.Choice([*ROADS, ""])
# The option of each road that has an address of its own.
_ADDRESSES = {"email": "email", "desk": "ticket", "chat": "chat", "social": "social", "security": "security"}
_SALE = {"paid": "yes", "free": "no", "unsure": ""}


def _options(command: F) -> F:
    options = [
        click.option("--name", metavar="NAME", help="What the vendor is called."),
        click.option("--word", "words", multiple=True, metavar="WORD", help="Another name of theirs: 'TW'; repeat it."),
        click.option(
            "--domain", "domains", multiple=True, metavar="DOMAIN", help="A web address of theirs; repeat it."
        ),
        click.option("--email", metavar="ADDRESS", help="Where they take mail."),
        click.option("--repository", metavar="OWNER/NAME", help="Their repository on GitHub."),
        click.option("--tracker", metavar="URL", help="Where they take reports: issues on GitHub, or a Trac."),
        click.option("--desk", metavar="URL|ADDRESS", help="Their help desk."),
        click.option("--chat", metavar="NAME", help="Their room, by its name in PLUGWATCH_VENDOR_CHAT_URLS."),
        click.option("--social", metavar="NETWORK:@NAME", help="Their account on mastodon, bluesky or x."),
        click.option("--security", metavar="ADDRESS|URL", help="Where they take matters of security."),
        click.option("--prefer", type=_ROAD, metavar="ROAD", help="The road to take."),
        click.option("--never", type=_ROAD, metavar="ROAD", help="A road that is not to be taken; say --why."),
        click.option("--why", metavar="TEXT", help="Why never."),
        click.option("--patch-as", type=click.Choice([*PATCH_AS, ""]), metavar="FORM", help=f"{', '.join(PATCH_AS)}."),
        click.option("--labels", metavar="A,B", help="Labels that they want on issues and pull requests."),
        click.option("--paid", "sale", flag_value="paid", help="It is sold."),
        click.option("--free", "sale", flag_value="free", help="It is not sold."),
        click.option("--unsure", "sale", flag_value="unsure", help="Take back --paid or --free."),
        click.option("--note", metavar="TEXT", help="A remark; with --via on that road."),
        click.option("--via", type=click.Choice(list(ROADS)), metavar="ROAD", help="The road that --note is about."),
    ]
    for option in reversed(options):
        command = option(command)
    return command


@click.command("set")
@click.argument("wanted", metavar="COMPONENT")
@_options
@json_option
@pass_app
def set_(app: App, wanted: str, as_json: bool, **given: Any) -> None:
    """Say what the vendor of a component is called, and how it is reached.

    No message to a client may hold its words, unless that client's settings allow it; words and domains that are given
    replace all that were there before. What is said of roads goes before all that is found out, and stays. '' takes
    back what was said.
    """
    found = find_made(app, wanted)
    with app.ledger.unit_of_work() as work:
        before, told_before = work.vendors.get(found), work.vendors.told(found)
        after = _named(before, found, given)
        told = _told(told_before, given, app)
        if (after, told) == (before, told_before):
            raise PlugwatchError(f"{found}: nothing to change; give at least one option with a new value")
        if after and after != before:
            work.vendors.set(found, after)
        work.vendors.tell(found, told)
    if as_json:
        print_json(vendor_document(found, after, told, zone=app.zone))
        return
    _show(found, after, told)
    next_step(f"plugwatch vendor show {found}" if told.ways else "plugwatch vendor list")


def _named(before: Vendor | None, component: Component, given: dict[str, Any]) -> Vendor | None:
    words = (*given["words"], *map(parse_domain, given["domains"]))
    name = given["name"] if given["name"] is not None else before.name if before else None
    if name is None:
        if words:
            raise PlugwatchError(f"who makes {component}? give the vendor's --name")
        return None
    vendor = replace(before or Vendor(name), name=name)
    return replace(vendor, words=tuple(dict.fromkeys(filter(None, words)))) if words else vendor


def _told(before: Told, given: dict[str, Any], app: App) -> Told:
    telling = Telling(before, app.now, app.actor)
    if given["repository"] is not None:
        telling.repository(given["repository"])
    if given["tracker"] is not None:
        telling.tracker(given["tracker"])
    for option, road in _ADDRESSES.items():
        if given[option] is not None:
            telling.address(road, given[option])
    _wish(telling, given)
    if given["patch_as"] is not None:
        telling.choose(PATCH, given["patch_as"])
    if given["labels"] is not None:
        telling.choose(LABELS, check_labels(given["labels"]))
    if given["sale"] is not None:
        telling.choose(PAID, _SALE[given["sale"]])
    return telling.told()


def _wish(telling: Telling, given: dict[str, Any]) -> None:
    if given["never"] is not None:
        telling.never(given["never"], given["why"] or "")
    elif given["why"] is not None:
        raise PlugwatchError("--why says why a road is never to be taken; give --never ROAD, or use --note")
    if given["prefer"] is not None:
        telling.prefer(given["prefer"])
    if given["via"] is not None and given["note"] is None:
        raise PlugwatchError("--via says which road a --note is about; give --note TEXT, or --prefer ROAD to choose it")
    if given["via"] is not None:
        telling.note(given["via"], given["note"])
    elif given["note"] is not None:
        telling.choose(NOTE, check_note(given["note"]))


def _show(component: Component, made_by: Vendor | None, told: Told) -> None:
    from plugwatch.render.terminal import clean

    if made_by:
        words = f" ({', '.join(made_by.words)})" if made_by.words else ""
        click.echo(clean(f"{component} is made by {made_by.name}{words}"))
    else:
        click.echo(clean(f"{component}:"))
    for line in say_told(told):
        click.echo(f"  {clean(line)}")

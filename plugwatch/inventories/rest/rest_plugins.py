"""``GET /wp-json/wp/v2/plugins``: the plugins of a site by their files, with their status.

Source: core, class-wp-rest-plugins-controller.php. Must-use plugins, drop-ins and updates are not in it. WordPress.com
answers in its own shape, ``{"plugins": [{"id": "acme/acme", "active": true, ...}]}``, which is read too.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from urllib.parse import unquote

from plugwatch.inventories.containers import NOT_MINE, Hints, Recognition, Text
from plugwatch.inventories.json_text import mapping, plain
from plugwatch.inventories.rest.answers import Answer, Row, display_name, read_answer, recognise_rows
from plugwatch.inventories.values import MAX_VERSION, read_status, read_version, without_doubles
from plugwatch.model.component import is_slug
from plugwatch.model.inventory import Installed, Inventory

NAME = "rest-plugins"

_WHAT = "plugins"
_FEW = 2


def recognise(text: Text) -> Recognition:
    """Sure where JSON has an object with a plugin's file and its status."""
    joined = text.joined
    if '"plugin"' in joined or '"active"' in joined or '"code"' in joined:
        return recognise_rows(text, _is_row, _WHAT)
    return NOT_MINE


def parse(text: Text, hints: Hints, *, asked_all: bool = False) -> Inventory:  # noqa: ARG001 - the formats' one face
    """The plugins of every list in the text.

    ``asked_all`` says that it is the answer to a request without a filter, so that it is not taken for a part of the
    list where nothing in it is active. A cut answer shows a folder's name for the first of two plugins in one folder,
    where the second was cut away. Raises InputError where no such list stands in it or the site answered an error.
    """
    answer = read_answer(text, _is_row, _WHAT)
    folders = Counter(path.partition("/")[0] for path in {_path(row) for _, row in answer.rows})
    components = []
    for line, row in answer.rows:
        installed = _installed(row, folders)
        if installed is None:
            answer.miss(line, row)
        else:
            components.append(installed)
    return Inventory(
        NAME,
        tuple(without_doubles(components, answer.warnings)),
        unparsed=answer.missed.in_order(),
        complete_kinds=_complete_kinds(answer, components, asked_all),
        warnings=tuple(dict.fromkeys(answer.warnings)),
    )


def _is_row(row: Row) -> bool:
    if isinstance(row.get("active"), bool):
        return isinstance(row.get("id"), str) and "version" in row
    # WooCommerce's report has the same key, and the newest version beside the installed one.
    told = isinstance(row.get("status"), str) or isinstance(row.get("version"), str)
    return isinstance(row.get("plugin"), str) and told and "version_latest" not in row


def _path(row: Row) -> str:
    """The plugin's main file without its ending: ``acme-forms/acme-forms``, or ``hello`` without a folder."""
    return (plain(row.get("plugin")) or unquote(plain(row.get("id")))).removesuffix(".php")


def _installed(row: Row, folders: Mapping[str, int]) -> Installed | None:
    path, version = _path(row), plain(row.get("version"))
    folder, slash, _ = path.partition("/")
    if not is_slug(path) or len(version) > MAX_VERSION:
        return None
    return Installed(
        kind="plugin",
        slug=folder if slash and folders[folder] < 2 else path,
        name=display_name(row.get("display_name") or row.get("name")),
        version=read_version(version),
        status=_status(row),
        update_version=read_version(plain(mapping(row.get("update")).get("new_version"))[:MAX_VERSION]),
        auto_update=row.get("autoupdate") if isinstance(row.get("autoupdate"), bool) else None,
    )


def _status(row: Row) -> str:
    active = row.get("active")
    if not isinstance(active, bool):
        return read_status(plain(row.get("status")))
    if not active:
        return "inactive"
    return "active-network" if row.get("network") is True else "active"


def _complete_kinds(answer: Answer, components: list[Installed], asked_all: bool) -> frozenset[str]:
    """Plugins, where the list names all of them; adds to the warnings why it may not."""
    gaps = list(answer.gaps)
    statuses = {installed.status for installed in components}
    if not components:
        gaps.append("the list has no rows")
    elif len(components) > _FEW and statuses == {"inactive"} and not (asked_all or answer.asked_all):
        gaps.append("nothing in the list is active, so it looks filtered")
    if gaps:
        answer.warnings.append(f"{gaps[0]}; taken as partial")
        return frozenset()
    return frozenset({"plugin"})

"""``GET /wp-json/wp/v2/themes``: the themes of a site, with the one that is active.

Source: core, class-wp-rest-themes-controller.php. A child theme names its parent as its ``template``; the parent of the
active theme is given the status ``parent``, as WP-CLI does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from plugwatch.inventories.containers import NOT_MINE, Hints, Recognition, Text
from plugwatch.inventories.json_text import plain
from plugwatch.inventories.rest.answers import Answer, Row, display_name, read_answer, recognise_rows
from plugwatch.inventories.values import MAX_VERSION, read_status, read_version, without_doubles
from plugwatch.model.component import is_slug
from plugwatch.model.inventory import Installed, Inventory

NAME = "rest-themes"

_WHAT = "themes"


def recognise(text: Text) -> Recognition:
    """Sure where JSON has an object with a theme's stylesheet."""
    joined = text.joined
    if '"stylesheet"' in joined or ('"code"' in joined and "theme" in joined):
        return recognise_rows(text, _is_row, _WHAT)
    return NOT_MINE


def parse(text: Text, hints: Hints, *, asked_all: bool = False) -> Inventory:  # noqa: ARG001 - the formats' one face
    """The themes of every list in the text.

    ``asked_all`` says that it is the answer to a request without a filter: many users may see only the active theme,
    with ``?status=active``, so a list of that theme alone is otherwise taken as a part. Raises InputError where no such
    list stands in it or the site answered an error.
    """
    answer = read_answer(text, _is_row, _WHAT)
    components = []
    parents = {plain(row.get("template")) for _, row in answer.rows if plain(row.get("status")) == "active"}
    for line, row in answer.rows:
        installed = _installed(row)
        if installed is None:
            answer.miss(line, row)
        elif installed.status == "inactive" and installed.slug in parents:
            components.append(replace(installed, status="parent"))
        else:
            components.append(installed)
    return Inventory(
        NAME,
        tuple(without_doubles(components, answer.warnings)),
        unparsed=answer.missed.in_order(),
        complete_kinds=_complete_kinds(answer, components, parents, asked_all),
        warnings=tuple(dict.fromkeys(answer.warnings)),
    )


def _is_row(row: Row) -> bool:
    told = isinstance(row.get("status"), str) or isinstance(row.get("version"), str)
    return isinstance(row.get("stylesheet"), str) and told


def _installed(row: Row) -> Installed | None:
    slug, version = plain(row.get("stylesheet")), plain(row.get("version"))
    if not is_slug(slug) or len(version) > MAX_VERSION:
        return None
    status = read_status(plain(row.get("status")))
    return Installed("theme", slug, display_name(row.get("name")), read_version(version), status)


def _complete_kinds(
    answer: Answer, components: Sequence[Installed], parents: set[str], asked_all: bool
) -> frozenset[str]:
    """Themes, where the list names all of them; adds to the warnings why it may not."""
    gaps = list(answer.gaps)
    statuses = {installed.status for installed in components}
    if not components:
        gaps.append("the list has no rows")
    elif "active" not in statuses:
        gaps.append("no theme in the list is active, so it looks filtered")
    elif parents - {""} - {installed.slug for installed in components}:
        gaps.append("the parent of the active theme is not in the list")
    elif statuses == {"active"} and not (asked_all or answer.asked_all):
        gaps.append("only the active theme is in the list, so it looks filtered")
    if gaps:
        answer.warnings.append(f"{gaps[0]}; taken as partial")
        return frozenset()
    return frozenset({"theme"})

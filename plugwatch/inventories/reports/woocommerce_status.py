"""WooCommerce's System Status Report: the text that people copy, and the JSON of ``GET /wc/v3/system_status``."""

from __future__ import annotations

from collections.abc import Set

from plugwatch.errors import InputError
from plugwatch.inventories.containers import NOT_MINE, Hints, Recognition, Text, shorten
from plugwatch.inventories.reports import woocommerce_json, woocommerce_text
from plugwatch.model.inventory import Inventory

NAME = "woocommerce-status"


def recognise(text: Text) -> Recognition:
    """Sure where a title of the report or its JSON stands; not quite where only rows do."""
    if woocommerce_json.stands_in(text):
        return Recognition(0.97, "JSON of WooCommerce's system status")
    line = _find_line(text, woocommerce_text.TITLES)
    if line is not None:
        return Recognition(0.97, f"the title '{shorten(line, 40)}'")
    if woocommerce_text.looks_like_rows(text):
        return Recognition(0.6, "rows like those of a WooCommerce status report")
    return NOT_MINE


def parse(text: Text, hints: Hints) -> Inventory:  # noqa: ARG001 - every format has the same face
    """Every report in the text as one inventory of one site.

    Raises InputError where no report stands in it, or those of several sites.
    """
    if woocommerce_json.stands_in(text):
        return woocommerce_json.read_json(text).finish(NAME)
    if not recognise(text).confidence and _find_line(text, woocommerce_text.OTHER_TITLES) is None:
        raise InputError(
            "no woocommerce-status report stands in it: it has no title such as '### Active Plugins (12) ###'",
            source=text.source,
        )
    return woocommerce_text.read_text(text).finish(NAME)


def _find_line(text: Text, titles: Set[str]) -> str | None:
    """The first line that is one of these titles."""
    for line in text.lines:
        title = woocommerce_text.find_title(line) if "###" in line else None
        if title is not None and title.title in titles:
            return line
    return None

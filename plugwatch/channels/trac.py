"""Trac: a new ticket with the patch as a ``-p0`` diff from ``trunk``; a person posts it (a program: ``trac_road``)."""

from __future__ import annotations

from plugwatch.channels.forms import thread_address
from plugwatch.channels.prefill import fill_in
from plugwatch.model.roads.road import Road
from plugwatch.model.roads.submission import (
    Brief,
    DraftFile,
    PatchForms,
    Prepared,
    RenderedText,
    Surroundings,
    name_patch_file,
)
from plugwatch.model.roads.trac import HAS_PATCH


def prepare(road: Road, text: RenderedText, brief: Brief, patch: PatchForms | None, around: Surroundings) -> Prepared:
    """``SLUG.diff``, and the form for a new ticket or the ticket that there is; on plugins.trac the component is the
    plugin's slug.

    Fields that ``/newticket`` takes: trac.edgewall.org/wiki/TracTickets, "Preset Values for New Tickets".
    """
    files = (DraftFile(name_patch_file(road, brief), patch.svn_diff, "text/x-diff"),) if patch else ()
    if thread := thread_address(brief):
        return Prepared(files, thread)
    fields = {"summary": text.title, "type": "defect", "description": text.body}
    if brief.component.kind == "plugin":
        fields = {"component": brief.component.slug, **fields}
    if patch:
        fields["keywords"] = HAS_PATCH
    return Prepared(files, fill_in(f"{around.trac_url.rstrip('/')}/newticket", fields, droppable="description"))

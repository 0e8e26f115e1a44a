"""Trac: a new ticket with the patch as a ``-p0`` diff from ``trunk``; a person posts it."""

from __future__ import annotations

from plugwatch.channels.prefill import fill_in
from plugwatch.model.submission import (
    Brief,
    DraftFile,
    PatchForms,
    Posting,
    Prepared,
    RenderedText,
    Road,
    name_patch_file,
)


def prepare(road: Road, text: RenderedText, brief: Brief, patch: PatchForms | None, posting: Posting) -> Prepared:
    """``SLUG.diff``, and the form for a new ticket; on plugins.trac the component is the plugin's slug.

    Fields that ``/newticket`` takes: trac.edgewall.org/wiki/TracTickets, "Preset Values for New Tickets".
    """
    files = (DraftFile(name_patch_file(road, brief), patch.svn_diff, "text/x-diff"),) if patch else ()
    fields = {"summary": text.title, "type": "defect", "description": text.body}
    if brief.component.kind == "plugin":
        fields = {"component": brief.component.slug, **fields}
    if patch:
        fields["keywords"] = "has-patch"
    return Prepared(files, fill_in(f"{posting.trac_url.rstrip('/')}/newticket", fields, droppable="description"))

"""What the roads share on which a person posts: the patch beside the text, and where the person goes to post it."""

from __future__ import annotations

import re

from plugwatch.model.roads.markup import clean, one_line
from plugwatch.model.roads.road import Road
from plugwatch.model.roads.submission import Brief, DraftFile, PatchForms, name_patch_file

_WEB = re.compile(r"https?://[^\s/?#]+\S*", re.IGNORECASE)


def patch_file(road: Road, brief: Brief, patch: PatchForms | None) -> tuple[DraftFile, ...]:
    """The patch in the form that the road takes, as a file to upload; nothing without a patch."""
    if patch is None or road.patch_form == "none":
        return ()
    name = name_patch_file(road, brief)
    if road.patch_form in ("svn-diff", "excerpt"):
        return (DraftFile(name, patch.svn_diff, "text/x-diff"),)
    return (DraftFile(name, patch.format_patch, "text/x-patch"),)


def web_address(text: str | None) -> str | None:
    """The text where it is an http or https address on one line that a person may open, else None."""
    address = one_line(text or "")
    return address if address == clean(text or "").strip() and _WEB.fullmatch(address) else None


def thread_address(brief: Brief) -> str | None:
    """Where the text that this one goes on from was posted, if that has an address, or the thread that it joins."""
    if brief.joined and brief.related_url:
        return web_address(brief.related_url)
    return web_address(brief.thread.url) if brief.thread else None

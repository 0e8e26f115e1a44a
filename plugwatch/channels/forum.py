"""The support forum on WordPress.org: text to paste, for the forum has no programming interface and no attachments."""

from __future__ import annotations

from urllib.parse import quote

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

# A forum of its own have plugins and themes of the directory; WordPress itself has this one.
_CORE_FORUM = "forum/how-to-and-troubleshooting"


def prepare(road: Road, text: RenderedText, brief: Brief, patch: PatchForms | None, posting: Posting) -> Prepared:  # noqa: ARG001 - all roads are of one shape
    """The patch beside the text, for a gist or a later question, and the address of the form for a new topic."""
    files = (DraftFile(name_patch_file(road, brief), patch.svn_diff, "text/x-diff"),) if patch else ()
    kind, slug = brief.component.kind, brief.component.slug
    if kind not in ("plugin", "theme", "core"):
        return Prepared(files, None)
    forum = _CORE_FORUM if kind == "core" else f"{kind}/{quote(slug, safe='')}"
    return Prepared(files, f"{posting.forum_url.rstrip('/')}/{forum}/#new-topic-0")

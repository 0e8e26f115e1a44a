"""The support forum on WordPress.org: text to paste, for the forum has no programming interface and no attachments."""

from __future__ import annotations

from urllib.parse import quote

from plugwatch.channels.forms import patch_file, thread_address
from plugwatch.model.roads.road import Road
from plugwatch.model.roads.submission import Brief, PatchForms, Prepared, RenderedText, Surroundings

# A forum of its own have plugins and themes of the directory; WordPress itself has this one.
CORE_FORUM = "forum/how-to-and-troubleshooting"


def prepare(road: Road, text: RenderedText, brief: Brief, patch: PatchForms | None, around: Surroundings) -> Prepared:  # noqa: ARG001 - all roads are of one shape
    """The patch beside the text, for a gist or a later question, and the topic, or the form for a new one.

    Whoever goes on with a topic writes into it: the forum's rules want no second one on the same thing.
    """
    files = patch_file(road, brief, patch)
    thread = thread_address(brief)
    kind, slug = brief.component.kind, brief.component.slug
    if thread or kind not in ("plugin", "theme", "core"):
        return Prepared(files, thread)
    forum = CORE_FORUM if kind == "core" else f"{kind}/{quote(slug, safe='')}"
    return Prepared(files, f"{around.forum_url.rstrip('/')}/{forum}/#new-topic-0")

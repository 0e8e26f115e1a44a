"""Mastodon, Bluesky and X: a text of the right length and the address that opens it there; a person posts it."""

from __future__ import annotations

from urllib.parse import quote

from plugwatch.channels.forms import web_address
from plugwatch.model.roads.checks import URL_LIMIT
from plugwatch.model.roads.road import Road
from plugwatch.model.roads.submission import Brief, PatchForms, Prepared, RenderedText, Surroundings

# docs.joinmastodon.org (the share form of one's own server), docs.bsky.app/docs/advanced-guides/intent-links,
# developer.x.com (Web Intents).
_FORMS = {
    "mastodon": "{instance}/share?text=",
    "bluesky": "https://bsky.app/intent/compose?text=",
    "x": "https://x.com/intent/post?text=",
}


def prepare(road: Road, text: RenderedText, brief: Brief, patch: PatchForms | None, around: Surroundings) -> Prepared:  # noqa: ARG001 - all roads are of one shape
    """The address with the text filled in, for the network that the brief names; no network takes a patch."""
    form = _FORMS.get(brief.network or "")
    instance = web_address(around.instance)
    if form is None or (brief.network == "mastodon" and instance is None):
        return Prepared((), None)
    base = form.format(instance=(instance or "").rstrip("/"))
    url = base + quote(text.body.strip(), safe="", errors="replace")
    return Prepared((), url if len(url) <= URL_LIMIT else None)

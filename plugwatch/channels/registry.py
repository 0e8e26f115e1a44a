"""Which channel serves which road."""

from __future__ import annotations

from collections.abc import Callable

from plugwatch.channels import email, forum, github, trac
from plugwatch.model.submission import Brief, PatchForms, Posting, Prepared, RenderedText, Road

_Prepare = Callable[[Road, RenderedText, Brief, "PatchForms | None", Posting], Prepared]
_CHANNELS: dict[str, _Prepare] = {
    "github-pr": github.prepare,
    "github-issue": github.prepare,
    "trac": trac.prepare,
    "forum": forum.prepare,
    "email": email.prepare,
}


def prepare(road: Road, text: RenderedText, brief: Brief, patch: PatchForms | None, posting: Posting) -> Prepared:
    """The files and the address of a draft, as the road's channel makes them."""
    return _CHANNELS[road.name](road, text, brief, patch, posting)

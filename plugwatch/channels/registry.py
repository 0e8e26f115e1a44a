"""Which channel serves which road."""

from __future__ import annotations

from collections.abc import Callable

from plugwatch.channels import chat_road, email, forum, github_issue, github_pr, security, social, ticket, trac
from plugwatch.model.roads.road import Road
from plugwatch.model.roads.submission import Brief, PatchForms, Prepared, RenderedText, Surroundings

_Prepare = Callable[[Road, RenderedText, Brief, "PatchForms | None", Surroundings], Prepared]
_CHANNELS: dict[str, _Prepare] = {
    "github-pr": github_pr.prepare,
    "github-issue": github_issue.prepare,
    "trac": trac.prepare,
    "forum": forum.prepare,
    "chat": chat_road.prepare,
    "social": social.prepare,
}

# These write mails, in which a patch can stand in several ways.
_BY_MAIL = {"email": email.prepare, "ticket": ticket.prepare, "security": security.prepare}


def prepare(road: Road, text: RenderedText, brief: Brief, patch: PatchForms | None, around: Surroundings) -> Prepared:
    """The files and the address of a draft, as the road's channel makes them."""
    if road.name in _BY_MAIL:
        return _BY_MAIL[road.name](road, text, brief, patch, around, around.patch_as)
    return _CHANNELS[road.name](road, text, brief, patch, around)

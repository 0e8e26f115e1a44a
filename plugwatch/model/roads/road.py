"""The roads upstream, and what each of them takes."""

from __future__ import annotations

from dataclasses import dataclass

from plugwatch.errors import NotFoundError

# What a text to a vendor can be; each is a template of each road.
KINDS = ("bug", "patch", "follow-up", "reply", "thanks", "adoption")

MIB = 1024 * 1024
FORUM_CODE_LINES = 20


@dataclass(frozen=True)
class Road:
    """One road upstream: its markup, and the limits of the other side.

    ``patch_form`` is the form in which the patch travels: ``git-branch+format-patch``, ``attachment``, ``svn-diff``,
    ``excerpt`` or ``none``. Lengths are in characters, ``file_limit`` in bytes; None is "no limit known". ``wait`` is
    how many working days of silence are polite before we ask again.
    """

    name: str
    public: bool
    markup: str
    patch_form: str
    wait: int
    title_limit: int | None = None
    body_limit: int | None = None
    file_limit: int | None = None
    code_lines: int | None = None

    def template(self, kind: str) -> str:
        """The name of the template that a kind of text (one of KINDS) is filled in from."""
        return f"upstream/{self.name}/{kind}.j2"


# GitHub refuses titles above 256 and bodies above 65,536 characters (its API answers 422).
# Trac: [attachment] max_size of WordPress's Tracs is 10 MiB. bbPress: option _bbp_title_max_length, 80, is enforced
# when a topic is posted; its moderators ask for no very long code (wordpress.org/support/guidelines).
# Mail: RFC 5322 2.1.1 allows a line of 998 characters; "Subject: " takes 9 of them.
ROADS = {
    road.name: road
    for road in (
        Road("github-pr", True, "markdown", "git-branch+format-patch", 5, 256, 65_536),
        Road("github-issue", True, "markdown", "attachment", 5, 256, 65_536),
        Road("trac", True, "trac", "svn-diff", 10, file_limit=10 * MIB),
        Road("forum", True, "forum", "excerpt", 7, 80, code_lines=FORUM_CODE_LINES),
        Road("email", False, "mail", "attachment", 5, 989),
        Road("ticket", False, "mail", "attachment", 3, 200),
        Road("chat", True, "chat", "attachment", 2, body_limit=4_000),
        Road("social", True, "social", "none", 7, body_limit=500),
        Road("security", False, "mail", "attachment", 5, 200),
    )
}

# What a post may hold, in characters: docs.joinmastodon.org (500, where a server says no other), Bluesky's lexicon
# app.bsky.feed.post (300 graphemes), docs.x.com (280 weighted).
NETWORKS = {"mastodon": 500, "bluesky": 300, "x": 280}


def find_road(name: str) -> Road:
    """The road of that name. Raises NotFoundError, naming the roads there are."""
    try:
        return ROADS[name]
    except KeyError as error:
        raise NotFoundError(f"'{name}' is not a road upstream; choose one of {', '.join(ROADS)}") from error

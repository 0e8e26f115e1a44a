"""Why a person has to post a text, where a program could do it with what is missing here."""

from __future__ import annotations

from plugwatch.cli.context import App
from plugwatch.model.client import is_email
from plugwatch.model.roads.submitted import Submission

_ADDRESSES = {
    "github-pr": ("repository", "--repository OWNER/NAME"),
    "github-issue": ("repository", "--repository OWNER/NAME"),
    "email": ("address", "--email ADDRESS"),
    "ticket": ("help desk", "--desk URL"),
    "chat": ("room", "--chat NAME"),
    "security": ("address for matters of security", "--security ADDRESS"),
}


def why_by_hand(app: App, submission: Submission) -> str | None:
    """A sentence that says what would let ``submission send`` do it; None on roads where only persons post."""
    road, target = submission.channel, submission.target
    if not target:
        if road not in _ADDRESSES:
            return None
        what, option = _ADDRESSES[road]
        return (
            f"no {what} of theirs is known: 'plugwatch vendor set {submission.component} {option}', then draft it anew"
        )
    if road.startswith("github-"):
        return _with("a token in PLUGWATCH_GITHUB_TOKEN")
    if road == "trac":
        return _trac(app, target)
    if road == "chat":
        return _with(f"a room called '{target}' in PLUGWATCH_VENDOR_CHAT_URLS")
    if road in ("email", "ticket", "security") and is_email(target) and not app.settings.smtp.host:
        return _with("a mail server, [smtp] in plugwatch.toml,")
    return None


def _trac(app: App, target: str) -> str:
    known = {trac.url.rstrip("/") for trac in app.settings.trac.values()}
    if target.rstrip("/") in known:
        return _with("PLUGWATCH_TRAC_USER and PLUGWATCH_TRAC_PASSWORD")
    return _with(f'[trac.NAME] in plugwatch.toml with url = "{target}", and a login,')


def _with(what: str) -> str:
    return f"with {what} it goes by itself"

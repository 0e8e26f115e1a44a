"""How submissions are shown, to programs and to people."""

from __future__ import annotations

import sys
from datetime import datetime
from typing import Any

import click

from plugwatch.cli.context import App, next_step, note
from plugwatch.model.roads.submitted import Post, Submission

# SITE is the one that called first: its versions are told to the vendor.
_FILLED_BY = {
    "the problem and its cause": "draft it with --why TEXT",
    "WordPress version": "plugwatch site set SITE --wordpress V",
    "PHP version": "plugwatch site set SITE --php V",
    "theme": "plugwatch site import SITE FILE, with the output of 'wp theme list'",
    "title": "plugwatch incident set {incident} --title TEXT",
    "steps to reproduce": "plugwatch incident set {incident} --steps TEXT",
    "what should happen": "plugwatch incident set {incident} --expected TEXT",
    "what happens instead": "plugwatch incident set {incident} --actual TEXT",
    "the answer": "give it with --text",
    "what was changed in the patch": "give it with --text",
    "the reworked patch": "plugwatch patch rework PATCH FILE",
    "the vendor's e-mail address": "draft it with --vendor-email ADDRESS, or 'plugwatch vendor set' for all",
}
_LONGEST_URL = 300


def document(kept: Submission) -> dict[str, Any]:
    """A submission as JSON shows it: its text is the one that is to be sent next, else the last one."""
    post = kept.current
    return {
        "submission": kept.name,
        "incident": kept.incident,
        "patch": kept.patch,
        "component": str(kept.component),
        "channel": kept.channel,
        "status": kept.status,
        "target": kept.target,
        "remote_url": kept.remote_url,
        "version": kept.version,
        "branch": kept.branch,
        "commit": kept.commit,
        "fixed_in": kept.fixed_in,
        "goes_on_from": kept.goes_on_from,
        **_post(post),
    }


def whole_document(kept: Submission) -> dict[str, Any]:
    """The same with everything that was ever written, said and seen."""
    watch = kept.watch
    return document(kept) | {
        "posts": [_post(post) for post in kept.posts],
        "changes": [
            {"status": c.status, "at": _iso(c.at), "actor": c.actor, "note": c.note, "by_hand": c.by_hand}
            for c in kept.changes
        ],
        "remarks": [
            {"at": _iso(r.at), "who": r.who, "kind": r.kind, "words": r.words, "human": r.human} for r in kept.remarks
        ],
        "watch": {
            "url": watch.url,
            "tracker": watch.tracker,
            "remote_status": watch.remote,
            "last_change": _iso(watch.changed_at),
            "last_check": _iso(watch.checked_at),
            "next_check": _iso(watch.next_check),
            "last_error": watch.error,
            "failures": watch.failures,
        }
        if watch
        else None,
        "waits_for_us": kept.waits_for_us,
    }


def _post(post: Post) -> dict[str, Any]:
    return {
        "kind": post.kind,
        "state": post.state,
        "title": post.title,
        "body": post.body,
        "files": [{"name": file.name, "path": file.path} for file in post.files],
        "url": post.url,
        "posted_at": post.remote_url,
        "sent_at": _iso(post.sent_at),
        "detail": post.detail,
        "checks": [{"check": c.check, "ok": c.ok, "detail": c.detail} for c in post.checks],
    }


def show_post(kept: Submission, post: Post) -> None:
    """A text for a person to read before it leaves."""
    from plugwatch.render.terminal import clean, clean_lines

    kind = "" if post.kind in ("bug", "patch") else f"  {post.kind}"
    click.echo(f"{kept.name}  {kept.channel}{kind}  {kept.status if post.state != 'draft' else 'draft'}\n")
    if post.body:
        text = f"{post.title}\n\n{post.body}"
        click.echo(clean_lines(text) if sys.stdout.isatty() else text)
    for file in post.files:
        note(f"file: {file.path}")
    if post.url:
        whole = f"… (whole: 'plugwatch submission send {kept.name} --open')"
        note(f"post it at: {post.url[:_LONGEST_URL]}{whole if len(post.url) > _LONGEST_URL else ''}")
    for check in post.checks:
        note(f"{'ok     ' if check.ok else 'BLOCKED'} {check.check}: {clean(check.detail)}")
        if not check.ok:
            for how in _how_to_mend(check.detail, kept.incident or "INC"):
                note(f"        {how}")


def show_draft(kept: Submission) -> None:
    """A text that was just written, and what to do with it."""
    show_post(kept, kept.current)
    if kept.current.blocked:
        next_step(how_to_unblock(kept))
    else:
        next_step(f"plugwatch submission send {kept.name}", f"plugwatch submission edit {kept.name}")


def how_to_unblock(kept: Submission) -> str:
    """What a person does where a check blocks a text."""
    found = {check.check for check in kept.current.checks if not check.ok}
    if "security" in found:
        return f"plugwatch submission draft {kept.incident or kept.patch} --via security"
    redact = " --redact" if "privacy" in found else ""
    return f"mend what is blocked and write it again, or 'plugwatch submission edit {kept.name}{redact}'"


def show_history(app: App, kept: Submission) -> None:
    """What became of it, for a person."""
    from plugwatch.model.when import short_time
    from plugwatch.render.folding import cut
    from plugwatch.render.terminal import clean

    def at(moment: datetime) -> str:
        return short_time(moment.astimezone(app.zone), app.now)

    note("")
    if kept.remote_url:
        note(f"it is at: {clean(kept.remote_url)}")
    watch = kept.watch
    if watch:
        seen = f"'{clean(watch.remote)}'" if watch.remote else "not seen yet"
        looked = f", looked at {at(watch.checked_at)}" if watch.checked_at else ""
        note(f"the tracker says {seen}{looked}" + (f"; last error: {clean(watch.error)}" if watch.error else ""))
    lines = [(change.at, f"{change.status}{f': {change.note}' if change.note else ''}") for change in kept.changes]
    lines += [(post.sent_at, f"we sent: {post.kind}") for post in kept.posts[1:] if post.sent_at]
    lines += [(remark.at, f"{remark.who} ({remark.kind}): {remark.words}") for remark in kept.remarks]
    for moment, words in sorted(lines):
        note(f"  {at(moment)}  {cut(clean(' '.join(words.split())), 160)}")


def _how_to_mend(detail: str, incident: str) -> list[str]:
    """The commands that fill the blanks which a finding names."""
    named = detail.rpartition(": ")[2].split("; ")
    return [f"{what}: {_FILLED_BY[what].format(incident=incident)}" for what in named if what in _FILLED_BY]


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None

"""Issues, comments, labels, timelines and the search, as the stand-in for GitHub answers."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from peers.github_answers_pulls import BODY_LIMIT, too_long
from peers.github_fields import filled
from peers.github_routes import REPOSITORY, Call, find_thread, invalid, paged, refuse, route
from peers.github_shapes import stamp
from peers.github_store import Comment, Issue, Pull, Repository
from peers.loopback import Reply, json_reply

_ISSUE = REPOSITORY + r"/issues/(?P<number>\d+)"
_COMMENT = REPOSITORY + r"/issues/comments/(?P<number>\d+)"
_OFF = "Issues are disabled for this repo"
_UNKNOWN = (
    "The listed users and repositories cannot be searched either because the resources do not exist or you do not have "
    "permission to view them."
)


def _since(call: Call) -> datetime | None:
    given = call.request.query.get("since")
    return datetime.fromisoformat(given.replace("Z", "+00:00")) if given else None


@route("GET", REPOSITORY + r"/issues")
def list_issues(call: Call) -> Reply:
    """Issues and pull requests, the newest first."""
    repository, query, since = call.repository, call.request.query, _since(call)
    if not repository.has_issues:
        return refuse(410, _OFF)
    state, creator = query.get("state", "open"), query.get("creator", "")
    labels = [label for label in query.get("labels", "").split(",") if label]
    found = [
        thread
        for thread in [*repository.issues.values(), *repository.pulls.values()]
        if state in ("all", thread.state)
        and creator.lower() in ("", thread.user.lower())
        and (since is None or thread.updated >= since)
        and set(labels) <= set(thread.labels)
        and not thread.gone
    ]
    key = "updated" if query.get("sort") == "updated" else "number"
    up = query.get("direction") == "asc"
    found.sort(key=lambda thread: (getattr(thread, key), thread.number), reverse=not up)
    return paged(call, [call.peer.issue(repository, thread) for thread in found])


@route("POST", REPOSITORY + r"/issues")
def open_issue(call: Call) -> Reply:
    """A new one; labels by those who may push, and silently dropped of all others."""
    repository, sent = call.repository, call.sent
    if not repository.has_issues:
        return refuse(410, _OFF)
    bad = too_long(sent, "Issue")
    if bad:
        return bad
    made = repository.open_issue(sent["title"], sent.get("body"), user=call.login)
    if call.may("triage"):
        for label in sent.get("labels", []):
            repository.label(made.number, label, call.login)
    document = call.peer.issue(repository, made)
    return json_reply(document, 201, Location=document["url"])


@route("GET", _ISSUE)
def get_issue(call: Call) -> Reply:
    """One issue or pull request."""
    thread = find_thread(call)
    return thread if isinstance(thread, Reply) else json_reply(call.peer.issue(call.repository, thread))


@route("PATCH", _ISSUE)
def edit_issue(call: Call) -> Reply:
    """Title, body, state and labels, by whoever opened it or may write."""
    thread, sent, repository = find_thread(call), call.sent, call.repository
    if isinstance(thread, Reply):
        return thread
    if thread.user != call.login and not call.may("write"):
        return refuse(403, "Must have admin rights to Repository.")
    bad = too_long(sent, "Issue")
    if bad:
        return bad
    repository.edit(thread.number, call.login, title=sent.get("title"), body=sent.get("body"))
    if "labels" in sent and call.may("triage"):
        thread.labels = list(sent["labels"])
    if sent.get("state", thread.state) == "closed" and thread.state == "open":
        repository.close(thread.number, call.login, reason=sent.get("state_reason"))
    elif sent.get("state", thread.state) == "open" and thread.state == "closed":
        repository.reopen(thread.number, call.login)
    return json_reply(call.peer.issue(repository, thread))


# Comments


@route("GET", _ISSUE + r"/comments")
def list_comments(call: Call) -> Reply:
    """The oldest first."""
    thread, since = find_thread(call), _since(call)
    if isinstance(thread, Reply):
        return thread
    rows = [row for row in thread.comments if since is None or row.updated >= since]
    return paged(call, [call.peer.comment(call.repository, thread.number, row) for row in rows])


@route("POST", _ISSUE + r"/comments")
def comment(call: Call) -> Reply:
    """A new one."""
    thread = find_thread(call)
    if isinstance(thread, Reply):
        return thread
    body = call.sent.get("body") or ""
    if not body.strip():
        return invalid("IssueComment", field="body", code="missing_field")
    if len(body) > BODY_LIMIT:
        return invalid("IssueComment", f"body is too long (maximum is {BODY_LIMIT} characters)", field="body")
    if thread.locked and not call.may("write"):
        return refuse(403, "Unable to create comment because issue is locked.")
    made = call.repository.comment(thread.number, call.login, body)
    return json_reply(call.peer.comment(call.repository, thread.number, made), 201)


def _comment_of(call: Call) -> tuple[Issue, Comment] | None:
    repository = call.repository
    for thread in [*repository.issues.values(), *repository.pulls.values()]:
        for row in thread.comments:
            if row.id == call.number:
                return thread, row
    return None


@route("GET", _COMMENT)
def get_comment(call: Call) -> Reply | None:
    """One comment."""
    found = _comment_of(call)
    return json_reply(call.peer.comment(call.repository, found[0].number, found[1])) if found else None


@route("PATCH", _COMMENT)
def edit_comment(call: Call) -> Reply | None:
    """Another text, by whoever wrote it or may write."""
    found = _comment_of(call)
    if found is None:
        return None
    thread, row = found
    if row.user != call.login and not call.may("write"):
        return refuse(403, "Must have admin rights to Repository.")
    row.body, row.updated = call.sent["body"], call.repository.clock()
    return json_reply(call.peer.comment(call.repository, thread.number, row))


# Labels


@route("GET", REPOSITORY + r"/labels")
def list_labels(call: Call) -> Reply:
    """Those that the repository has."""
    return paged(call, [call.peer.label(call.repository, name) for name in call.repository.labels])


@route("GET", _ISSUE + r"/labels")
def labels_of(call: Call) -> Reply:
    """Those of an issue."""
    thread = find_thread(call)
    if isinstance(thread, Reply):
        return thread
    return paged(call, [call.peer.label(call.repository, name) for name in thread.labels])


@route("POST", _ISSUE + r"/labels")
def add_labels(call: Call) -> Reply:
    """More of them, by those who sort issues; one that is not there is made."""
    thread = find_thread(call)
    if isinstance(thread, Reply):
        return thread
    if not call.may("triage"):
        return refuse(403, "Must have admin rights to Repository.")
    for name in call.sent["labels"]:
        if name not in thread.labels:
            call.repository.label(thread.number, name, call.login)
    return json_reply([call.peer.label(call.repository, name) for name in thread.labels])


# The timeline


@route("GET", _ISSUE + r"/timeline")
def timeline(call: Call) -> Reply:
    """All that happened, the oldest first."""
    thread = find_thread(call)
    if isinstance(thread, Reply):
        return thread
    repository, rows = call.repository, []
    for row in thread.comments:
        document = call.peer.comment(repository, thread.number, row)
        rows.append((row.created, document | {"event": "commented", "actor": document["user"]}))
    if isinstance(thread, Pull):
        reviews = [(row.created, call.peer.review(repository, thread, row)) for row in thread.reviews]
        rows += [(at, document | {"event": "reviewed"}) for at, document in reviews]
    rows += [(event["at"], _event(call, thread, event)) for event in thread.events]
    return paged(call, [document for _at, document in sorted(rows, key=lambda row: row[0])])


def _event(call: Call, thread: Issue, event: dict[str, Any]) -> dict[str, Any]:
    peer, url = call.peer, f"{call.peer.api_url}/repos/{call.repository.full_name}"
    actor = peer.user(event["user"])
    known = {"id": event["id"], "event": event["event"], "actor": actor, "created_at": stamp(event["at"])}
    if event["event"] == "cross-referenced":
        source = {"type": "issue", "issue": peer.issue(call.repository, event["source"])}
        return known | {"updated_at": stamp(event["at"]), "source": source}
    if event["event"] == "labeled":
        label = {"name": event["label"], "color": "ededed"}
        return filled("labeled-issue-event", url) | known | {"label": label}
    commit = event.get("commit")
    known |= {"commit_id": commit, "commit_url": f"{url}/commits/{commit}" if commit else None}
    return filled("state-change-issue-event", url) | known | {"state_reason": event.get("reason")}


# The search


@route("GET", "/search/issues")
def search(call: Call) -> Reply:
    """Issues and pull requests by words and qualifiers; all words must be in the title, the body or a comment."""
    terms = [term.strip('"') for term in re.findall(r'[\w-]+:"[^"]*"|[\w-]+:\S+|"[^"]*"|\S+', call.request.query["q"])]
    qualifiers = [term.partition(":")[::2] for term in terms if re.match(r"[a-z-]+:\S", term)]
    words = [term.lower() for term in terms if not re.match(r"[a-z-]+:\S", term)]
    names = [value.lower() for name, value in qualifiers if name == "repo"]
    repositories = [call.peer.repositories.get(name) for name in names]
    if None in repositories or any(r and call.peer.role(r, call.login) == "none" for r in repositories):
        return invalid("Search", _UNKNOWN, field="q", code="invalid")
    rows = [
        (repository, thread)
        for repository in [r for r in repositories if r] or call.peer.repositories.values()
        for thread in [*repository.issues.values(), *repository.pulls.values()]
        if not thread.gone and all(_fits(thread, *pair) for pair in qualifiers) and _says(thread, words)
    ]
    rows.sort(key=lambda row: row[1].created, reverse=True)
    return _search_answer(call, rows)


def _search_answer(call: Call, rows: list[tuple[Repository, Issue]]) -> Reply:
    documents = [call.peer.issue(repository, thread, "issue-search-result-item") for repository, thread in rows]
    whole = paged(call, documents)
    headers = {name: text for name, text in whole.headers.items() if name == "Link"}
    body = b'{"total_count": %d, "incomplete_results": false, "items": ' % len(documents) + whole.body + b"}"
    return Reply(200, body, {"Content-Type": "application/json; charset=utf-8"} | headers)


def _says(thread: Issue, words: list[str]) -> bool:
    text = " ".join([thread.title, thread.body or "", *(row.body for row in thread.comments)]).lower()
    return all(word in text for word in words)


def _fits(thread: Issue, name: str, value: str) -> bool:
    is_pull = isinstance(thread, Pull)
    if name in ("is", "type", "state"):
        merged = isinstance(thread, Pull) and thread.merged is not None
        facts = {"issue": not is_pull, "pr": is_pull, "pull-request": is_pull, "merged": merged, "unmerged": not merged}
        return facts.get(value, thread.state == value)
    if name == "author":
        return thread.user.lower() == value.lower()
    if name == "head":
        return isinstance(thread, Pull) and thread.head == value
    if name == "label":
        return value in thread.labels
    return True

"""The little of GraphQL that the stand-in for GitHub answers: who has edited an issue or a pull request.

A field that is not known here is refused as GitHub refuses one that is not in its schema.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from peers.github_routes import Call, refuse, route
from peers.github_shapes import stamp
from peers.github_store import Issue, Pull, Repository
from peers.loopback import Reply, json_reply

# The name of a field, with its arguments and the fields that are wanted of it.
_Wanted = list["tuple[str, dict[str, str], _Wanted]"]
_TOKEN = re.compile(r"\.\.\.\s*on\s+(\w+)|(\w+)\s*(?:\(([^)]*)\))?|([{}])")


class _UnknownFieldError(Exception):
    pass


@route("POST", "/graphql")
def graphql(call: Call) -> Reply:
    """Data, or the errors, both with the status 200."""
    if call.account is None:
        return refuse(401, "This endpoint requires you to be authenticated.")
    tokens = iter(_TOKEN.findall(call.sent["query"].partition("{")[2]))
    variables = call.sent["variables"]
    try:
        data = {name: _repository(call, args, wanted, variables) for name, args, wanted in _parse(tokens)}
    except _UnknownFieldError as error:
        return json_reply({"errors": [{"message": f"Field {error} doesn't exist", "type": "undefinedField"}]})
    if data.get("repository") is None:
        return json_reply({"data": data, "errors": [{"type": "NOT_FOUND", "message": "Could not resolve"}]})
    return json_reply({"data": data})


def _parse(tokens: Iterator[tuple[str, str, str, str]]) -> _Wanted:
    found: _Wanted = []
    for fragment, name, arguments, brace in tokens:
        if brace == "}":
            return found
        if brace == "{":
            found[-1][2].extend(_parse(tokens))
        else:
            found.append((name or f"... on {fragment}", dict(re.findall(r"(\w+):\s*([^,]+)", arguments)), []))
    return found


def _repository(call: Call, args: dict[str, str], wanted: _Wanted, variables: dict[str, Any]) -> Any:
    owner, name = (variables[args[key].lstrip("$")] for key in ("owner", "name"))
    repository = call.peer.repositories.get(f"{owner}/{name}".lower())
    if repository is None or call.peer.role(repository, call.login) == "none":
        return None
    document = {}
    for field, given, inner in wanted:
        threads: dict[str, Any] = {"pullRequest": repository.pulls, "issue": repository.issues}
        if field not in threads:
            raise _UnknownFieldError(field)
        thread = threads[field].get(variables[given["number"].lstrip("$")])
        document[field] = _thread(repository, thread, inner) if thread else None
    return document


def _thread(repository: Repository, thread: Issue | Pull, wanted: _Wanted) -> dict[str, Any]:
    renamed = [event for event in thread.events if event["event"] == "renamed"]
    document: dict[str, Any] = {}
    for field, args, inner in wanted:
        if field == "editor":
            document[field] = _actor(thread.editor, inner)
        elif field == "lastEditedAt":
            document[field] = stamp(thread.updated) if thread.editor else None
        elif field == "timelineItems" and args["itemTypes"] == "[RENAMED_TITLE_EVENT]":
            [(_nodes, _none, [(_fragment, _no, fields)])] = inner
            document[field] = {"nodes": [{f: _actor(e["user"], i) for f, _a, i in fields} for e in renamed]}
        else:
            raise _UnknownFieldError(field)
    return document


def _actor(login: str | None, wanted: _Wanted) -> dict[str, str] | None:
    if [field for field, _args, _inner in wanted] != ["login"]:
        raise _UnknownFieldError(str(wanted))
    return {"login": login} if login else None

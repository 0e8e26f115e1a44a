"""Look on GitHub whether a fix is known already: issues and pull requests that speak of it or change the same lines.

The search has a small quota of its own (30 requests a minute, 10 for a stranger), so there is a bound to what is asked,
and what was left out is told. What is asked leaves the agency: words of the title, names of files and functions.
https://docs.github.com/en/rest/search/search#search-issues-and-pull-requests
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any
from urllib.parse import quote

from plugwatch.errors import InputError, UnknownError
from plugwatch.model.roads.markup import one_line
from plugwatch.model.vendors.known_fix import (
    CLOSED,
    MERGED,
    OPEN,
    Candidate,
    FileChange,
    KnownFixes,
    Wanted,
    compare_changes,
    compare_titles,
    newest_first,
    read_hunks,
)
from plugwatch.upstream.github_access import GitHubAccess, check_repository, parse_moment

_MOST_SEARCHES = 6
_MOST_COMPARED = 10  # pull requests of which the files are read
_ROWS = 30
_NAMED = 15  # points for a function's or a file's name
_KIND = {"is:pr": "pull requests", "is:issue": "issues"}


class GitHubSearch(GitHubAccess):
    """GitHub, asked what is known of a fix."""

    def look_for(self, repository: str, wanted: Wanted) -> KnownFixes:
        """Candidates in ``OWNER/NAME``, and what was not looked at.

        Raises ConfigError for a bad token, InputError for what is no name of a repository; a GitHub that cannot be
        asked leaves everything in ``left_out``.
        """
        return _Looking(self, check_repository(repository), wanted).look()


class _Looking:
    """One search for one fix."""

    def __init__(self, github: GitHubAccess, repository: str, wanted: Wanted) -> None:
        self.github, self.repository, self.wanted = github, repository, wanted
        self.found: dict[int, Candidate] = {}
        self.looked_at: list[str] = []
        self.left_out: list[str] = []

    def look(self) -> KnownFixes:
        queries = list(self._queries())
        asked = queries[:_MOST_SEARCHES]
        while asked and self._ask(_in_words(asked[0]), partial(self._search, *asked[0])):
            asked = asked[1:]
        # After a failure the others would fail as well: it is the quota, or the network.
        self.left_out += [_in_words(query) for query in (*asked[1:], *queries[_MOST_SEARCHES:])]
        self._ask("the newest open pull requests", self._newest)
        self._compare()
        return KnownFixes(newest_first(self.found.values()), tuple(self.looked_at), tuple(dict.fromkeys(self.left_out)))

    def _ask(self, what: str, question: Callable[[], None]) -> bool:
        """Whether it was answered; if not, that is noted."""
        try:
            with self.github.reading(self.repository):
                question()
        except (UnknownError, InputError):
            self.left_out.append(what)
            return False
        self.looked_at.append(what)
        return True

    def _queries(self) -> Iterator[tuple[str, str, bool]]:
        """Kind, words, and whether these are names in code; the most telling first."""
        functions = [f'"{name}"' for name in self.wanted.functions[:2]]
        files = [f'"{change.name}"' for change in self.wanted.changes[:2]]
        words = " ".join(f'"{word}"' for word in self.wanted.words[:3])
        if words:
            yield from (("is:pr", words, False), ("is:issue", words, False))
        for name in functions:
            yield from (("is:pr", name, True), ("is:issue", name, True))
        for name in files:
            yield "is:pr", name, True

    def _search(self, kind: str, words: str, named: bool) -> None:
        query = {"q": f"repo:{self.repository} {kind} {words}", "sort": "updated", "order": "desc"}
        about = f"what is known in {self.repository}"
        answer = self.github.get("/search/issues", about, parameters=query | {"per_page": str(_ROWS)})
        items = answer.row.get("items")
        if not isinstance(items, list):
            raise UnknownError(about)
        if answer.more or answer.row.get("incomplete_results") is True:
            self.left_out.append(f"all but the {len(items)} newest {_KIND[kind]} with {words}")
        for row in items:
            found = self._candidate(row) if isinstance(row, dict) else None
            if found:
                self._add(found, _NAMED if named else 10, f"it speaks of {words.replace(chr(34), chr(39))}")

    def _newest(self) -> None:
        """Open pull requests that no word finds are found by the files that they change."""
        where, newest = f"/repos/{quote(self.repository)}/pulls", {"state": "open", "sort": "updated"}
        parameters = newest | {"direction": "desc", "per_page": str(_ROWS)}
        answer = self.github.get(where, f"the pull requests of {self.repository}", parameters=parameters)
        if answer.status != 200:
            raise UnknownError(where)
        if answer.more:
            self.left_out.append(f"open pull requests older than the {len(answer.rows)} newest, but by the search")
        for row in answer.rows:
            found = self._candidate(row | {"pull_request": row})
            if found:
                self._add(found, 0, "")

    def _candidate(self, row: Mapping[str, Any]) -> Candidate | None:
        number, title, pull = row.get("number"), row.get("title"), row.get("pull_request")
        at = parse_moment(row.get("updated_at"))
        if not isinstance(number, int) or not isinstance(title, str) or at is None:
            return None
        merged = isinstance(pull, Mapping) and pull.get("merged_at") is not None
        state = MERGED if merged else OPEN if row.get("state") == "open" else CLOSED
        head = row.get("head")
        sha = head.get("sha") if isinstance(head, Mapping) else None
        kind, ref = ("pull", f"refs/pull/{number}/head") if isinstance(pull, Mapping) else ("issue", None)
        url = f"{self.github.pages}/{self.repository}/{'pull' if kind == 'pull' else 'issues'}/{number}"
        return Candidate(number, kind, url, one_line(title), state, at, ref=ref, head=sha)

    def _add(self, candidate: Candidate, points: int, reason: str) -> None:
        known = self.found.get(candidate.number)
        if known is None:
            alike, reasons = compare_titles(self.wanted, candidate.title)
            known = replace(candidate, score=alike, reasons=reasons)
        reasons = known.reasons if not reason or reason in known.reasons else (*known.reasons, reason)
        self.found[candidate.number] = replace(known, score=min(100, known.score + points), reasons=reasons)

    # The files of pull requests

    def _compare(self) -> None:
        """Read what the likeliest pull requests change."""
        if not self.wanted.changes:
            return
        pulls = [candidate for candidate in self.found.values() if candidate.kind == "pull"]
        pulls.sort(key=lambda candidate: (candidate.score, candidate.at), reverse=True)
        likely = pulls[:_MOST_COMPARED]
        while likely and self._ask(f"the files of #{likely[0].number}", partial(self._read_files, likely[0])):
            likely = likely[1:]
        rest = len(likely[1:]) + len(pulls[_MOST_COMPARED:])
        if rest:
            self.left_out.append(f"the files of {rest} more pull requests")

    def _read_files(self, candidate: Candidate) -> None:
        where = f"/repos/{quote(self.repository)}/pulls/{candidate.number}"
        about = f"pull request {candidate.number} of {self.repository}"
        answer = self.github.get(f"{where}/files", about, parameters={"per_page": "100"})
        if answer.status != 200:
            raise UnknownError(about)
        if answer.more:
            self.left_out.append(f"all but the first 100 files of #{candidate.number}")
        points, reasons = compare_changes(self.wanted, [_change(row) for row in answer.rows])
        if points:
            score = min(100, candidate.score + points)
            self.found[candidate.number] = replace(candidate, score=score, reasons=(*candidate.reasons, *reasons))


def _in_words(query: tuple[str, str, bool]) -> str:
    return f"{_KIND[query[0]]} with {query[1]}"


def _change(row: Mapping[str, Any]) -> FileChange:
    path, patch = row.get("filename"), row.get("patch")
    return read_hunks(str(path or ""), patch if isinstance(patch, str) else "")

"""What the stand-in for GitHub keeps: repositories over bare ones of git, with their issues and pull requests."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from workbench import git, git_text


@dataclass
class Comment:
    """A comment on an issue or pull request, or on a line of one (``path``, ``line``)."""

    id: int
    user: str
    body: str
    created: datetime
    updated: datetime
    path: str = ""
    line: int = 0


@dataclass
class Review:
    """A review; ``state`` is APPROVED, CHANGES_REQUESTED or COMMENTED."""

    id: int
    user: str
    state: str
    body: str
    created: datetime
    commit: str


@dataclass
class CheckRun:
    """A check of a commit; ``conclusion`` is None while it runs."""

    id: int
    name: str
    commit: str
    conclusion: str | None
    created: datetime


@dataclass
class Issue:
    """An issue; ``events`` are those of its timeline that are no comments: an event's name, who, when, and more."""

    number: int
    title: str
    body: str | None
    user: str = "mika"
    state: str = "open"
    reason: str | None = None
    labels: list[str] = field(default_factory=list)
    comments: list[Comment] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)
    locked: bool = False
    created: datetime = datetime(2025, 9, 12, 10, 7, 52, tzinfo=timezone.utc)
    updated: datetime = datetime(2025, 9, 12, 10, 7, 52, tzinfo=timezone.utc)
    closed: datetime | None = None
    closed_by: str | None = None
    editor: str | None = None
    gone: str = ""


@dataclass
class Pull(Issue):
    """A pull request between two branches, of one repository or of two; None where the other one was deleted."""

    base: str = "main"
    head: str = ""
    head_owner: str = ""
    head_repository: Repository | None = None
    draft: bool = False
    maintainer_can_modify: bool = False
    merged: datetime | None = None
    merged_by: str | None = None
    merge_commit: str | None = None
    base_commit: str | None = None
    reviews: list[Review] = field(default_factory=list)
    line_comments: list[Comment] = field(default_factory=list)


def _utc_now() -> datetime:
    return datetime.now(timezone.utc).replace(microsecond=0)


@dataclass
class Repository:
    """A bare repository with its issues and pull requests, which are numbered together.

    ``roles`` are those of collaborators: read, triage, write or admin. ``parent`` is what it was forked from.
    """

    owner: str
    name: str
    directory: Path
    private: bool = False
    default_branch: str = "main"
    pulls: dict[int, Pull] = field(default_factory=dict)
    issues: dict[int, Issue] = field(default_factory=dict)
    id: int = 1
    parent: Repository | None = None
    archived: bool = False
    has_issues: bool = True
    allow_forking: bool = True
    private_reporting: bool = False
    roles: dict[str, str] = field(default_factory=dict)
    labels: list[str] = field(default_factory=lambda: ["bug", "enhancement"])
    checks: list[CheckRun] = field(default_factory=list)
    releases: list[dict[str, Any]] = field(default_factory=list)
    clock: Callable[[], datetime] = _utc_now
    unready: int = 0
    _ids: int = 1000

    @property
    def full_name(self) -> str:
        """Owner and name."""
        return f"{self.owner}/{self.name}"

    def next_id(self) -> int:
        """A number that nothing else here has."""
        self._ids += 1
        return self._ids

    def thread(self, number: int) -> Issue | None:
        """The issue or pull request of that number."""
        return self.pulls.get(number) or self.issues.get(number)

    # Commits and branches

    def commit(
        self,
        branch: str,
        files: dict[str, bytes | None],
        message: str,
        *,
        author: str = "Mika Lind <mika@vendor.example>",
        parents: tuple[str, ...] | None = None,
    ) -> str:
        """A commit on a branch (made where it is not there) with these files changed, None taking one away."""
        below = parents if parents is not None else self._tip(branch)
        git(self.directory, "read-tree", *(below[:1] or ["--empty"]))
        for path, content in files.items():
            if content is None:
                git(self.directory, "update-index", "--force-remove", "--", path)
            else:
                blob = git(self.directory, "hash-object", "-w", "--stdin", stdin=content).decode().strip()
                git(self.directory, "update-index", "--add", "--cacheinfo", f"100644,{blob},{path}")
        return self._commit_tree(branch, git_text(self.directory, "write-tree"), below, message, author)

    def _commit_tree(self, branch: str, tree: str, below: tuple[str, ...], message: str, author: str) -> str:
        who = f"{author} 1757671872 +0200"
        lines = [f"tree {tree}", *(f"parent {p}" for p in below), f"author {who}", f"committer {who}", "", message, ""]
        commit = git(self.directory, "hash-object", "-t", "commit", "-w", "--stdin", stdin="\n".join(lines).encode())
        sha = commit.decode().strip()
        git(self.directory, "update-ref", f"refs/heads/{branch}", sha)
        return sha

    def branch(self, name: str, at: str) -> None:
        """A new branch."""
        git(self.directory, "update-ref", f"refs/heads/{name}", git_text(self.directory, "rev-parse", at))

    def move_default(self, name: str) -> None:
        """Rename the default branch; pull requests for it go along."""
        git(self.directory, "branch", "-m", self.default_branch, name)
        git(self.directory, "symbolic-ref", "HEAD", f"refs/heads/{name}")
        for pull in self.pulls.values():
            pull.base = name if pull.base == self.default_branch else pull.base
        self.default_branch = name

    def resolve(self, name: str) -> str | None:
        """The commit that a branch, hash or ``owner:branch`` means."""
        found = git(self.directory, "rev-parse", "--verify", "--quiet", f"{name}^{{commit}}", check=False)
        return found.decode().strip() or None

    def _tip(self, branch: str) -> tuple[str, ...]:
        tip = self.resolve(f"refs/heads/{branch}")
        return (tip,) if tip else ()

    def release(self, tag: str, at: str, *, name: str = "", prerelease: bool = False) -> None:
        """A release with its tag."""
        git(self.directory, "tag", tag, at)
        now = self.clock()
        self.releases.insert(0, {"tag": tag, "name": name or tag, "prerelease": prerelease, "created": now})

    # Issues and pull requests

    def open_issue(self, title: str, body: str | None = None, *, user: str = "mika") -> Issue:
        """A new issue."""
        number, now = self.next_number(), self.clock()
        self.issues[number] = Issue(number, title, body, user, created=now, updated=now)
        return self.issues[number]

    def open_pull(
        self,
        head: str,
        title: str,
        body: str | None = None,
        *,
        base: str = "main",
        fork: Any = None,
        user: str = "mika",
    ) -> Pull:
        """A pull request of a branch here, or in a fork, whose commits are fetched as GitHub does."""
        source = fork or self
        number, now = self.next_number(), self.clock()
        git(self.directory, "fetch", "--quiet", str(source.directory), f"{head}:refs/pull/{number}/head")
        pull = Pull(number, title, body, user, created=now, updated=now, base=base, head=head)
        pull.head_owner, pull.head_repository = source.owner, source
        self.pulls[number] = pull
        return pull

    def next_number(self) -> int:
        """The number of the next issue or pull request."""
        return len(self.pulls) + len(self.issues) + 1

    def ends(self, pull: Pull) -> tuple[str, str]:
        """The commits at the head and the base of a pull request."""
        head = self.resolve(f"refs/pull/{pull.number}/head")
        base = pull.base_commit or self.resolve(f"refs/heads/{pull.base}")
        assert head
        assert base
        return head, base

    def comment(self, number: int, user: str, body: str) -> Comment:
        """A comment by somebody."""
        now, thread = self.clock(), self.thread(number)
        assert thread
        thread.updated = now
        thread.comments.append(Comment(self.next_id(), user, body, now, now))
        return thread.comments[-1]

    def comment_line(self, number: int, user: str, body: str, path: str, line: int) -> Comment:
        """A comment on a line of a pull request's diff."""
        now, pull = self.clock(), self.pulls[number]
        pull.updated = now
        pull.line_comments.append(Comment(self.next_id(), user, body, now, now, path, line))
        return pull.line_comments[-1]

    def review(self, number: int, user: str, state: str, body: str = "") -> Review:
        """A review by somebody."""
        now, pull = self.clock(), self.pulls[number]
        pull.updated = now
        pull.reviews.append(Review(self.next_id(), user, state, body, now, self.ends(pull)[0]))
        return pull.reviews[-1]

    def check(self, commit: str, name: str, conclusion: str | None = "success") -> CheckRun:
        """A check of a commit, running or done."""
        self.checks.append(CheckRun(self.next_id(), name, commit, conclusion, self.clock()))
        return self.checks[-1]

    def label(self, number: int, label: str, user: str = "mika") -> None:
        """Put a label on."""
        thread = self.thread(number)
        assert thread
        thread.labels.append(label)
        self.event(thread, "labeled", user, label=label)

    def event(self, thread: Issue, event: str, user: str, **more: Any) -> None:
        """Something in the timeline."""
        thread.updated = self.clock()
        thread.events.append({"id": self.next_id(), "event": event, "user": user, "at": self.clock(), **more})

    def edit(self, number: int, user: str, *, title: str | None = None, body: str | None = None) -> None:
        """Other words for an issue or pull request; the text remembers who changed it last."""
        thread = self.thread(number)
        assert thread
        if body is not None and body != thread.body:
            thread.body, thread.editor = body, user
        if title is not None and title != thread.title:
            thread.title = title
            self.event(thread, "renamed", user)
        thread.updated = self.clock()

    def close(self, number: int, user: str = "mika", *, reason: str | None = None, commit: str | None = None) -> None:
        """Close an issue (completed, not_planned, duplicate) or a pull request; ``commit`` is what closed it."""
        thread = self.thread(number)
        assert thread
        default = None if isinstance(thread, Pull) else "completed"
        thread.state, thread.closed, thread.closed_by = "closed", self.clock(), user
        thread.reason = reason or default
        self.event(thread, "closed", user, commit=commit, reason=thread.reason)

    def reopen(self, number: int, user: str = "mika") -> None:
        """Open it again."""
        thread = self.thread(number)
        assert thread
        thread.state, thread.closed, thread.closed_by, thread.reason = "open", None, None, "reopened"
        self.event(thread, "reopened", user)

    def refer(self, number: int, source: Issue, user: str = "mika") -> None:
        """A mention of an issue in another one, or in a pull request, of this repository."""
        thread = self.thread(number)
        assert thread
        self.event(thread, "cross-referenced", user, source=source)

    def merge(self, pull: Pull, how: str = "merge", *, user: str = "mika", message: str = "") -> str:
        """Merge as GitHub's three buttons do (merge, squash, rebase); the commit on the base branch."""
        head, base = self.ends(pull)
        tree = git(self.directory, "merge-tree", "--write-tree", base, head).decode().split()[0]
        author = "Mika Lind <mika@vendor.example>"
        text = message or f"Merge pull request #{pull.number} from {pull.head_owner}/{pull.head}\n\n{pull.title}"
        if how == "merge":
            sha = self._commit_tree(pull.base, tree, (base, head), text, author)
        elif how == "squash":
            sha = self._commit_tree(pull.base, tree, (base,), message or f"{pull.title} (#{pull.number})", author)
        else:
            sha = self._rebase(pull.base, base, head)
        pull.base_commit, pull.merge_commit, pull.merged, pull.merged_by = base, sha, self.clock(), user
        self.event(pull, "merged", user, commit=sha)
        self.close(pull.number, user)
        return sha

    def _rebase(self, branch: str, base: str, head: str) -> str:
        sha = base
        for commit in git_text(self.directory, "rev-list", "--reverse", f"{base}..{head}").split():
            below = self._loose(f"{commit}^")
            ends = (self._loose(sha, below), self._loose(commit, below))
            tree = git_text(self.directory, "merge-tree", "--write-tree", *ends)
            message = git_text(self.directory, "show", "-s", "--format=%B", commit)
            author = git_text(self.directory, "show", "-s", "--format=%an <%ae>", commit)
            sha = self._commit_tree(branch, tree.split()[0], (sha,), message.rstrip(), author)
        return sha

    def _loose(self, of: str, *parents: str) -> str:
        """A commit of the same tree with other parents, which no branch has."""
        below = [word for parent in parents for word in ("-p", parent)]
        return git_text(self.directory, "commit-tree", *below, "-m", "-", f"{of}^{{tree}}")

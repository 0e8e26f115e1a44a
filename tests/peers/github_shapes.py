"""How the stand-in for GitHub describes what it keeps."""

from __future__ import annotations

import base64
from datetime import datetime, timezone
from typing import Any

from peers.github_fields import filled
from peers.github_store import CheckRun, Comment, Issue, Pull, Repository, Review
from workbench import git, git_text

API = "/api/v3"


def stamp(moment: datetime | None) -> str | None:
    """A moment as GitHub writes it."""
    return f"{moment.astimezone(timezone.utc):%Y-%m-%dT%H:%M:%SZ}" if moment else None


class Shapes:
    """The documents of the API, by the names of GitHub's own description."""

    url = ""
    organizations: dict[str, set[str]]
    bots: set[str]

    @property
    def api_url(self) -> str:
        """The base of the API, for ``github.api_url``."""
        return f"{self.url}{API}"

    def _at(self, repository: Repository, path: str = "") -> str:
        return f"{self.api_url}/repos/{repository.full_name}{path}"

    def _page(self, repository: Repository, path: str = "") -> str:
        return f"{self.url}/{repository.full_name}{path}"

    def user(self, login: str) -> dict[str, Any]:
        """A "simple user"."""
        url = f"{self.api_url}/users/{login}"
        kind = "Organization" if login in self.organizations else "Bot" if login in self.bots else "User"
        return filled("simple-user", url) | {
            "login": login,
            "id": sum(login.encode()),
            "type": kind,
            "url": url,
            "html_url": f"{self.url}/{login}",
        }

    def repository(self, repository: Repository) -> dict[str, Any]:
        """A "full repository"."""
        document = self._repository(repository)
        if repository.parent:
            document |= {"parent": self._repository(repository.parent), "source": self._repository(repository.parent)}
        return document

    def _repository(self, repository: Repository) -> dict[str, Any]:
        url = self._at(repository)
        page = self._page(repository)
        pushed = git_text(repository.directory, "for-each-ref", "--format=%(committerdate:unix)", "refs/heads")
        last = datetime.fromtimestamp(max(map(int, pushed.split()), default=0), timezone.utc)
        return (
            filled("repository", url)
            | filled("full-repository", url)
            | {
                "id": repository.id,
                "name": repository.name,
                "full_name": repository.full_name,
                "owner": self.user(repository.owner),
                "private": repository.private,
                "visibility": "private" if repository.private else "public",
                "html_url": page,
                "url": url,
                "clone_url": f"{page}.git",
                "ssh_url": f"git@github.example:{repository.full_name}.git",
                "default_branch": repository.default_branch,
                "fork": repository.parent is not None,
                "archived": repository.archived,
                "has_issues": repository.has_issues,
                "allow_forking": repository.allow_forking,
                "pushed_at": stamp(last),
                "open_issues_count": sum(
                    t.state == "open" for t in [*repository.issues.values(), *repository.pulls.values()]
                ),
            }
        )

    def minimal(self, repository: Repository) -> dict[str, Any]:
        """A "minimal repository"."""
        return filled("minimal-repository", self._at(repository)) | self._repository(repository)

    def commit(self, repository: Repository, sha: str) -> dict[str, Any]:
        """A "commit"."""
        form = "%T%x00%P%x00%an%x00%ae%x00%at%x00%cn%x00%ce%x00%ct%x00%B"
        shown = git_text(repository.directory, "show", "-s", f"--format={form}", sha)
        tree, parents, *people, message = shown.split("\0")
        url = self._at(repository)
        author, committer = (
            {"name": name, "email": email, "date": stamp(datetime.fromtimestamp(int(at), timezone.utc))}
            for name, email, at in (people[:3], people[3:])
        )
        return filled("commit", f"{url}/commits/{sha}") | {
            "sha": sha,
            "node_id": f"C_{sha}",
            "url": f"{url}/commits/{sha}",
            "html_url": self._page(repository, f"/commit/{sha}"),
            "commit": {
                "message": message.rstrip("\n"),
                "author": author,
                "committer": committer,
                "tree": {"sha": tree, "url": f"{url}/git/trees/{tree}"},
                "url": f"{url}/git/commits/{sha}",
                "comment_count": 0,
            },
            "parents": [{"sha": p, "url": f"{url}/commits/{p}"} for p in parents.split()],
        }

    def label(self, repository: Repository, name: str) -> dict[str, Any]:
        """A "label"."""
        url = self._at(repository, f"/labels/{name}")
        return filled("label", url) | {"id": sum(name.encode()), "name": name, "color": "ededed", "url": url}

    def _thread(self, repository: Repository, thread: Issue, url: str) -> dict[str, Any]:
        """What issues and pull requests have in common."""
        return {
            "id": repository.id * 1000 + thread.number,
            "number": thread.number,
            "title": thread.title,
            "body": thread.body,
            "state": thread.state,
            "locked": thread.locked,
            "user": self.user(thread.user),
            "author_association": self.association(repository, thread.user),
            "labels": [self.label(repository, name) for name in thread.labels],
            "comments": len(thread.comments),
            "created_at": stamp(thread.created),
            "updated_at": stamp(thread.updated),
            "closed_at": stamp(thread.closed),
            "url": url,
            "comments_url": self._at(repository, f"/issues/{thread.number}/comments"),
        }

    def association(self, repository: Repository, login: str) -> str:
        """How somebody stands to a repository."""
        if login == repository.owner:
            return "OWNER"
        if login in self.organizations.get(repository.owner, ()):
            return "MEMBER"
        return "COLLABORATOR" if login in repository.roles else "NONE"

    def issue(self, repository: Repository, issue: Issue, schema: str = "issue") -> dict[str, Any]:
        """An "issue", which every pull request is too."""
        url, kind = self._at(repository, f"/issues/{issue.number}"), "pull" if isinstance(issue, Pull) else "issues"
        page = self._page(repository, f"/{kind}/{issue.number}")
        document = filled(schema, url) | self._thread(repository, issue, url)
        document |= {
            "html_url": page,
            "repository_url": self._at(repository),
            "state_reason": issue.reason,
            "closed_by": self.user(issue.closed_by) if issue.closed_by else None,
        }
        if schema == "issue-search-result-item":
            document["score"] = 1.0
        if isinstance(issue, Pull):
            document["draft"] = issue.draft
            document["pull_request"] = {
                "url": self._at(repository, f"/pulls/{issue.number}"),
                "html_url": page,
                "diff_url": f"{page}.diff",
                "patch_url": f"{page}.patch",
                "merged_at": stamp(issue.merged),
            }
        return document

    def pull(self, repository: Repository, pull: Pull, schema: str = "pull-request") -> dict[str, Any]:
        """A "pull request", or a "pull request simple" as lists have them."""
        head, base = repository.ends(pull)
        url, issue = self._at(repository, f"/pulls/{pull.number}"), self._at(repository, f"/issues/{pull.number}")
        page = self._page(repository, f"/pull/{pull.number}")
        document = filled(schema, url) | self._thread(repository, pull, url)
        if schema == "pull-request-simple":
            document.pop("comments")
        else:
            numstat = git_text(repository.directory, "diff", "--numstat", f"{base}...{head}").splitlines()
            document |= {
                "commits": int(git_text(repository.directory, "rev-list", "--count", f"{base}..{head}")),
                "changed_files": len(numstat),
                "merged": pull.merged is not None,
                "merged_by": self.user(pull.merged_by) if pull.merged_by else None,
                "mergeable": None if pull.merged else True,
                "mergeable_state": "unknown" if pull.merged else "clean",
                "maintainer_can_modify": pull.maintainer_can_modify,
                "review_comments": len(pull.line_comments),
            }
        return document | {
            "html_url": page,
            "diff_url": f"{page}.diff",
            "patch_url": f"{page}.patch",
            "issue_url": issue,
            "head": self._end(pull.head_repository, pull.head_owner, pull.head, head),
            "base": self._end(repository, repository.owner, pull.base, base),
            "draft": pull.draft,
            "merged_at": stamp(pull.merged),
            # An open one has a commit too, of a merge that was only tried.
            "merge_commit_sha": pull.merge_commit or (None if pull.closed else f"{head[20:]}{base[:20]}"),
        }

    def _end(self, repository: Repository | None, owner: str, ref: str, sha: str) -> dict[str, Any]:
        return {
            "label": f"{owner}:{ref}",
            "ref": ref,
            "sha": sha,
            "user": self.user(owner),
            "repo": self.repository(repository) if repository else None,
        }

    def comment(self, repository: Repository, number: int, comment: Comment) -> dict[str, Any]:
        """An "issue comment"."""
        url = self._at(repository, f"/issues/comments/{comment.id}")
        kind = "pull" if number in repository.pulls else "issues"
        return filled("issue-comment", url) | {
            "id": comment.id,
            "url": url,
            "html_url": self._page(repository, f"/{kind}/{number}#issuecomment-{comment.id}"),
            "issue_url": self._at(repository, f"/issues/{number}"),
            "body": comment.body,
            "user": self.user(comment.user),
            "author_association": self.association(repository, comment.user),
            "created_at": stamp(comment.created),
            "updated_at": stamp(comment.updated),
        }

    def line_comment(self, repository: Repository, pull: Pull, comment: Comment) -> dict[str, Any]:
        """A "pull request review comment"."""
        url = self._at(repository, f"/pulls/comments/{comment.id}")
        head, _base = repository.ends(pull)
        return filled("pull-request-review-comment", url) | {
            "id": comment.id,
            "url": url,
            "html_url": self._page(repository, f"/pull/{pull.number}#discussion_r{comment.id}"),
            "pull_request_url": self._at(repository, f"/pulls/{pull.number}"),
            "body": comment.body,
            "path": comment.path,
            "line": comment.line,
            "commit_id": head,
            "original_commit_id": head,
            "user": self.user(comment.user),
            "author_association": self.association(repository, comment.user),
            "created_at": stamp(comment.created),
            "updated_at": stamp(comment.updated),
        }

    def review(self, repository: Repository, pull: Pull, review: Review) -> dict[str, Any]:
        """A "pull request review"."""
        pull_url = self._at(repository, f"/pulls/{pull.number}")
        return filled("pull-request-review", pull_url) | {
            "id": review.id,
            "state": review.state,
            "body": review.body,
            "html_url": self._page(repository, f"/pull/{pull.number}#pullrequestreview-{review.id}"),
            "pull_request_url": pull_url,
            "commit_id": review.commit,
            "submitted_at": stamp(review.created),
            "user": self.user(review.user),
            "author_association": self.association(repository, review.user),
        }

    def check(self, repository: Repository, check: CheckRun) -> dict[str, Any]:
        """A "check run"."""
        done = check.conclusion is not None
        return filled("check-run", self._at(repository, f"/check-runs/{check.id}")) | {
            "id": check.id,
            "name": check.name,
            "head_sha": check.commit,
            "status": "completed" if done else "in_progress",
            "conclusion": check.conclusion,
            "started_at": stamp(check.created),
            "completed_at": stamp(check.created) if done else None,
        }

    def release(self, repository: Repository, release: dict[str, Any]) -> dict[str, Any]:
        """A "release"."""
        url = self._at(repository, f"/releases/{release['tag']}")
        return filled("release", url) | {
            "id": sum(release["tag"].encode()),
            "tag_name": release["tag"],
            "name": release["name"],
            "target_commitish": repository.default_branch,
            "prerelease": release["prerelease"],
            "author": self.user(repository.owner),
            "url": url,
            "html_url": self._page(repository, f"/releases/tag/{release['tag']}"),
            "created_at": stamp(release["created"]),
            "published_at": stamp(release["created"]),
        }

    def content(self, repository: Repository, path: str, sha: str) -> dict[str, Any]:
        """A "content file"."""
        blob = git(repository.directory, "cat-file", "blob", sha)
        url = self._at(repository, f"/contents/{path}")
        return filled("content-file", url) | {
            "type": "file",
            "encoding": "base64",
            "size": len(blob),
            "name": path.rpartition("/")[2],
            "path": path,
            "content": base64.encodebytes(blob).decode(),
            "sha": sha,
            "url": url,
            "html_url": self._page(repository, f"/blob/{repository.default_branch}/{path}"),
        }

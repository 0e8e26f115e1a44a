"""The facts of a repository on GitHub: what it is, what it takes, and the templates that it wants filled in.

Where GitHub looks for the files, and that an owner's repository ``.github`` stands in for those that are missing, is in
https://docs.github.com/en/communities ("Creating a default community health file", "About issue and pull request
templates").
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar
from urllib.parse import quote

from plugwatch.errors import InputError, NotFoundError, UnknownError
from plugwatch.model.roads.markup import one_line
from plugwatch.model.vendors.form import read_front_matter
from plugwatch.model.vendors.issue_form import IssueForm, parse_issue_form
from plugwatch.model.vendors.project import ContactLink, Project, TextFile
from plugwatch.upstream.github_access import GitHubAccess, check_repository, parse_moment
from plugwatch.upstream.issue_forms import read_yaml

_PLACES = (".github", "", "docs")  # in this order
_LARGEST_FILE = 256 * 1024
_LONGEST_TEMPLATE, _MOST_LINES = 30_000, 1_500  # characters and lines
_MOST_FILES = 20  # templates of one kind
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,99}/[A-Za-z0-9._-]{1,100}")
_PULL_TEMPLATE = re.compile(r"pull_request_template(\.md|\.txt)?", re.IGNORECASE)
_ISSUE_TEMPLATE = re.compile(r"issue_template(\.md|\.txt)?", re.IGNORECASE)
_SECURITY = re.compile(r"security(\.md|\.txt|\.rst)?", re.IGNORECASE)
_CONTRIBUTING = re.compile(r"contributing(\.md|\.txt|\.rst)?", re.IGNORECASE)
_FORM = re.compile(r"(?!config\.ya?ml$).+\.(md|ya?ml)", re.IGNORECASE)
_CONFIG = re.compile(r"config\.ya?ml", re.IGNORECASE)
_T = TypeVar("_T")


class GitHubProjects(GitHubAccess):
    """GitHub, asked about repositories."""

    def look(self, repository: str) -> Project:
        """All that is known of ``OWNER/NAME``, which may have another name by now.

        Raises NotFoundError where there is no such repository for us, ConfigError, InputError or UnknownError where
        GitHub does not answer; what else could not be had is named in the result.
        """
        about = f"repository {repository}"
        answer = self.get(f"/repos/{quote(check_repository(repository))}", about)
        if answer.status != 200:
            raise NotFoundError(
                f"{self._host} knows no {about}, or hides it; correct its name with 'plugwatch vendor set'"
            )
        row = answer.row
        name, branch = row.get("full_name"), row.get("default_branch")
        if not isinstance(name, str) or not _NAME.fullmatch(name) or not isinstance(branch, str):
            raise self.strange(about)
        with self.reading(about):
            return _Looking(self, repository, row).look()


class _Looking:
    """One look at one repository."""

    def __init__(self, github: GitHubAccess, asked: str, row: Mapping[str, Any]) -> None:
        self.github, self.asked, self.row = github, asked, row
        self.name, self.branch = str(row["full_name"]), str(row["default_branch"])
        self.unknown: list[str] = []
        self.silent = False
        self.listed: dict[tuple[str, str], tuple[dict[str, Any], ...]] = {}

    def look(self) -> Project:
        row = self.row
        security = self._file(_SECURITY, "its security policy")
        contributing = self._file(_CONTRIBUTING, "its rules for contributing")
        forms, config = self._forms(), self._try(self._config, "what its issue tracker takes")
        links = [_link(link) for link in _rows((config or {}).get("contact_links"))]
        return Project(
            name=self.name,
            asked=self.asked,
            url=f"{self.github.pages}/{self.name}",
            default_branch=self.branch,
            archived=row.get("archived") is True,
            disabled=row.get("disabled") is True,
            private=row.get("private") is True,
            has_issues=row.get("has_issues") is not False,
            tip=self._try(self._tip, "its default branch"),
            parent=_full_name(row.get("parent")),
            pushed_at=parse_moment(row.get("pushed_at")),
            may_label=self._may_label(),
            allows_forks=row.get("allow_forking") if isinstance(row.get("allow_forking"), bool) else None,
            license=_license(row),
            pull_templates=self._try(self._pull_templates, "its pull request template"),
            issue_forms=forms,
            blank_issues=None if config is None else str(config.get("blank_issues_enabled", "true")).lower() != "false",
            contact_links=None if config is None else tuple(link for link in links if link),
            security=security,
            contributing=contributing,
            private_reporting=self._private_reporting(),
            unknown=tuple(self.unknown),
        )

    def _try(self, question: Callable[[], _T], what: str) -> _T | None:
        """The answer, or None with what could not be found out noted."""
        if not self.silent:
            try:
                return question()
            except UnknownError:
                self.silent = True  # whoever does not answer is not asked again, question after question
            except InputError:
                pass
        self.unknown.append(what)
        return None

    # Facts that are no files

    def _tip(self) -> str | None:
        about = f"the branch {self.branch} of {self.name}"
        answer = self.github.get(f"/repos/{self.name}/branches/{quote(self.branch, safe='')}", about)
        sha = (answer.row.get("commit") or {}).get("sha") if answer.status == 200 else None
        return sha if isinstance(sha, str) else None

    def _may_label(self) -> bool | None:
        given = self.row.get("permissions")
        if not isinstance(given, Mapping):
            return None if self.github.knows_us else False
        return any(given.get(role) is True for role in ("triage", "push", "maintain", "admin"))

    def _private_reporting(self) -> bool | None:
        """Only some tokens are told; whoever is not told knows nothing."""
        if self.silent:
            return None
        try:
            answer = self.github.get(f"/repos/{self.name}/private-vulnerability-reporting", f"{self.name}")
        except (UnknownError, InputError):
            return None
        enabled = answer.row.get("enabled")
        return enabled if isinstance(enabled, bool) else None

    # Files

    def _file(self, pattern: re.Pattern[str], what: str) -> tuple[TextFile, ...] | None:
        """The first file of that name, in the places that GitHub looks in, as a tuple of one or none."""
        return self._try(lambda: self._first(pattern), what)

    def _first(self, pattern: re.Pattern[str]) -> tuple[TextFile, ...]:
        for repository in self._homes():
            for place in _PLACES:
                for row in self._list(repository, place):
                    if row.get("type") == "file" and pattern.fullmatch(str(row.get("name"))):
                        return self._texts(repository, [row])
        return ()

    def _pull_templates(self) -> tuple[TextFile, ...]:
        for repository in self._homes():
            found = self._templates(repository, self._named(repository, _PULL_TEMPLATE, ".md"))
            if found:
                return found
        return ()

    def _templates(self, repository: str, rows: Sequence[Mapping[str, Any]]) -> tuple[TextFile, ...]:
        """Templates, without those that nobody could fill in: to take them apart would take as long as they please."""
        found = self._texts(repository, rows)
        fit = tuple(f for f in found if len(f.text) <= _LONGEST_TEMPLATE and f.text.count("\n") <= _MOST_LINES)
        self.unknown += [f"{file.path}, which is too long" for file in found if file not in fit]
        return fit

    def _forms(self) -> tuple[IssueForm, ...] | None:
        def read() -> tuple[IssueForm, ...]:
            for repository in self._homes():
                files = self._templates(repository, self._named(repository, _ISSUE_TEMPLATE, ".md .yml .yaml"))
                forms = tuple(form for file in files if (form := _form(file)))
                if forms:
                    return forms
            return ()

        return self._try(read, "its issue forms")

    def _config(self) -> Mapping[str, Any]:
        for repository in self._homes():
            for place in _PLACES:
                for folder in self._folders(repository, place, _ISSUE_TEMPLATE):
                    rows = [row for row in self._list(repository, folder) if _CONFIG.fullmatch(str(row.get("name")))]
                    for file in self._texts(repository, rows[:1]):
                        document = read_yaml(file.text)
                        return document if isinstance(document, Mapping) else {}
        return {}

    def _named(self, repository: str, pattern: re.Pattern[str], endings: str) -> list[dict[str, Any]]:
        """Template files of one kind: single ones, and all of a folder of that name."""
        found = []
        for place in _PLACES:
            rows = self._list(repository, place)
            found += [row for row in rows if row.get("type") == "file" and pattern.fullmatch(str(row.get("name")))]
            for folder in self._folders(repository, place, pattern):
                names = [row for row in self._list(repository, folder) if _FORM.fullmatch(str(row.get("name")))]
                found += [row for row in names if str(row["name"]).lower().endswith(tuple(endings.split()))]
        return found[:_MOST_FILES]

    def _folders(self, repository: str, place: str, pattern: re.Pattern[str]) -> list[str]:
        rows = [row for row in self._list(repository, place) if row.get("type") == "dir"]
        return [str(row["path"]) for row in rows if pattern.fullmatch(str(row.get("name"))) and row.get("path")]

    def _homes(self) -> tuple[str, ...]:
        """The repository, and the one that stands in for what it lacks."""
        shared = f"{self.name.partition('/')[0]}/.github"
        return (self.name,) if shared.lower() == self.name.lower() else (self.name, shared)

    def _list(self, repository: str, folder: str) -> tuple[dict[str, Any], ...]:
        """What lies in a folder; nothing where there is no such folder."""
        if (repository, folder) not in self.listed:
            parent, _slash, name = folder.rpartition("/")
            there = not folder or any(row.get("name") == name for row in self._list(repository, parent))
            rows = self._ask(repository, folder).rows if there else []
            self.listed[repository, folder] = tuple(row for row in rows if isinstance(row.get("name"), str))
        return self.listed[repository, folder]

    def _ask(self, repository: str, path: str) -> Any:
        branch = {"ref": self.branch} if repository == self.name else {}
        where = f"/repos/{quote(repository)}/contents/{quote(path)}"
        return self.github.get(where, f"the files of {repository}", parameters=branch)

    def _texts(self, repository: str, rows: Sequence[Mapping[str, Any]]) -> tuple[TextFile, ...]:
        found = []
        for row in rows:
            path, size = str(row.get("path") or ""), row.get("size")
            if not path or not isinstance(size, int) or size > _LARGEST_FILE:
                continue
            text = _decode(self._ask(repository, path).row)
            if text is not None:
                found.append(TextFile(path if repository == self.name else f"{repository}:{path}", text))
        return tuple(found)


def _decode(row: Mapping[str, Any]) -> str | None:
    content = row.get("content")
    if row.get("encoding") != "base64" or not isinstance(content, str):
        return None
    try:
        return base64.b64decode(content).decode("utf-8", "replace").replace("\r\n", "\n")
    except ValueError:  # binascii.Error is one, and so is what is no ASCII
        return None


def _form(file: TextFile) -> IssueForm | None:
    name = file.path.rpartition("/")[2]
    if name.lower().endswith((".yml", ".yaml")):
        return parse_issue_form(read_yaml(file.text), name)
    head = read_front_matter(file.text)
    return IssueForm(name, head.name or name, head.about, head.title, head.labels, template=file.text)


def _link(row: Mapping[str, Any]) -> ContactLink | None:
    name, url, about = (row.get(key) for key in ("name", "url", "about"))
    if not isinstance(url, str) or not re.match(r"https?://", url):
        return None
    return ContactLink(one_line(str(name or "")), one_line(url), one_line(str(about or "")))


def _rows(value: object) -> list[Mapping[str, Any]]:
    return [row for row in value if isinstance(row, Mapping)][:_MOST_FILES] if isinstance(value, list) else []


def _full_name(row: object) -> str | None:
    name = row.get("full_name") if isinstance(row, Mapping) else None
    return name if isinstance(name, str) and _NAME.fullmatch(name) else None


def _license(row: Mapping[str, Any]) -> str | None:
    if "license" not in row:
        return None
    given = row["license"]
    spdx = given.get("spdx_id") if isinstance(given, Mapping) else ""
    return one_line(spdx) if isinstance(spdx, str) else ""

"""What is known of a vendor's repository on GitHub, as a road upstream needs it.

Where a fact could not be had it is None; where we looked and there is none, it is empty.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from plugwatch.model.vendors.form import Filled, fill_pull_template
from plugwatch.model.vendors.form_facts import Facts
from plugwatch.model.vendors.issue_form import IssueForm, choose_bug_form, fill_issue_form


@dataclass(frozen=True)
class TextFile:
    """A file of the repository (or of its owner's repository ``.github``, which stands in), and its text."""

    path: str
    text: str


@dataclass(frozen=True)
class ContactLink:
    """Where a vendor sends people instead of to the issues."""

    name: str
    url: str
    about: str = ""


@dataclass(frozen=True)
class Project:
    """A repository. ``name`` is ``OWNER/NAME`` as it is now, whatever it was asked for as (``asked``).

    ``tip`` is the commit of the default branch, ``parent`` the repository that it was forked from. ``may_label``: we
    may label issues there. ``blank_issues``: an issue may be opened without a form. ``private_reporting``: GitHub takes
    reports of weaknesses there that nobody else sees. ``unknown`` names, in words, what could not be looked at.
    """

    name: str
    asked: str
    url: str
    default_branch: str
    archived: bool = False
    disabled: bool = False
    private: bool = False
    has_issues: bool = True
    tip: str | None = None
    parent: str | None = None
    pushed_at: datetime | None = None
    may_label: bool | None = None
    allows_forks: bool | None = None
    license: str | None = None
    pull_templates: tuple[TextFile, ...] | None = None
    issue_forms: tuple[IssueForm, ...] | None = None
    blank_issues: bool | None = None
    contact_links: tuple[ContactLink, ...] | None = None
    security: tuple[TextFile, ...] | None = None
    contributing: tuple[TextFile, ...] | None = None
    private_reporting: bool | None = None
    unknown: tuple[str, ...] = ()

    @property
    def renamed(self) -> bool:
        """Whether it has another name by now."""
        return self.name.lower() != self.asked.lower()

    @property
    def pull_template(self) -> TextFile | None:
        """The template that a fix is opened with: the only one, or of several that for bugs, or the first."""
        if not self.pull_templates:
            return None
        for_bugs = [file for file in self.pull_templates if re.search(r"bug|fix", file.path.rpartition("/")[2], re.I)]
        return (for_bugs or list(self.pull_templates))[0]


def fill_own_form(
    project: Project, road: str, ours: str, *, closes: str | None = None, facts: Facts | None = None
) -> Filled | None:
    """Our rendered text in the form that the repository has for this road; None where it has none, or we do not know.

    For the texts that open something, a bug or a patch; comments have no form. ``closes`` as in
    :func:`plugwatch.model.vendors.form.fill_pull_template`.
    """
    if road == "github-pr":
        template = project.pull_template
        return fill_pull_template(template.text, ours, closes=closes, facts=facts) if template else None
    form = choose_bug_form(project.issue_forms or ()) if road == "github-issue" else None
    return fill_issue_form(form, ours, closes=closes, facts=facts) if form else None

"""A vendor's repository, and our text in the form that it has."""

from __future__ import annotations

from plugwatch.model.vendors.issue_form import Field, IssueForm
from plugwatch.model.vendors.project import Project, TextFile, fill_own_form

OURS = "## What?\n\nIt hangs.\n\n## Steps to reproduce\n\n1. Press Send.\n"
FORM = IssueForm("bug.yml", "Bug", title="[Bug]: ", fields=(Field("textarea", "Steps", "steps"),))
OLD = IssueForm("bug.md", "Bug", template="---\nname: Bug\nlabels: bug\n---\n**To reproduce**\n")


def project(templates: tuple[TextFile, ...] | None = None, forms: tuple[IssueForm, ...] | None = None) -> Project:
    return Project("v/f", "v/f", "https://github.com/v/f", "main", pull_templates=templates, issue_forms=forms)


def test_each_road_has_a_form_of_its_own() -> None:
    both = project((TextFile("PULL_REQUEST_TEMPLATE.md", "### Summary\n"),), (FORM,))
    pull, issue = fill_own_form(both, "github-pr", OURS), fill_own_form(both, "github-issue", OURS)
    assert pull
    assert pull.body.startswith("### Summary\n\nIt hangs.\n")
    assert issue
    assert issue.body.startswith("### Steps\n\n1. Press Send.\n\n### What?\n\nIt hangs.\n")
    assert (issue.title_prefix, issue.form) == ("[Bug]: ", "bug.yml")
    assert fill_own_form(both, "email", OURS) is None


def test_an_old_template_is_filled_in_too() -> None:
    filled = fill_own_form(project(forms=(OLD,)), "github-issue", OURS)
    assert filled
    assert "**To reproduce**\n\n1. Press Send.\n" in filled.body
    assert (filled.labels, filled.form) == (("bug",), "bug.md")


def test_no_form_and_not_known_are_both_no_form() -> None:
    for made in (project(), project((), ()), project(forms=(IssueForm("feature.yml", "Idea"),))):
        assert fill_own_form(made, "github-pr", OURS) is None
        assert fill_own_form(made, "github-issue", OURS) is None


def test_of_several_templates_the_one_for_fixes_is_taken() -> None:
    files = tuple(TextFile(f"PULL_REQUEST_TEMPLATE/{name}.md", name) for name in ("feature", "bugfix", "docs"))
    chosen = project(files).pull_template
    assert chosen
    assert chosen.text == "bugfix"
    first = project(files[::2]).pull_template
    assert first
    assert first.text == "feature"

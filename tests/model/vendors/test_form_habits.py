"""Habits of vendors' templates: where they leave room, what they tick, and what they tell whoever fills them in."""

from __future__ import annotations

import pytest

from plugwatch.model.vendors.form import fill_markdown_form, fill_pull_template
from plugwatch.model.vendors.form_facts import Facts
from plugwatch.model.vendors.issue_form import fill_issue_form, parse_issue_form

KNOWN = Facts(searched=True, tested=True, no_security=True)
PATCH = """## What?

This fixes a problem in Forms 1.2: it hangs

## Why?

The server is slow.

## How?

It waits longer.

## Testing instructions

1. Press Send.

## Tested with

- Forms: 1.2

## Changelog entry

> Fix - Wait longer
"""
BUG = """## Describe the bug

It hangs when sending.

## Steps to reproduce

1. Press Send.

## Expected behaviour

It ends.

## Environment

- Forms: 1.2
- WordPress: 6.9

## What was tried

All other plugins off.

## Proposed fix

Wait longer.
"""


@pytest.mark.parametrize(
    "box",
    [
        "Changes should be tested on different kinds of posts",
        "Changes must be tested with the console open",
        "Different roles (editor, author) are tested as appropriate",
        "Old forms (made before 1.0) are tested",
        "I have tested this in the local environment",
    ],
)
def test_a_box_about_other_tests_than_ours_is_not_ticked(box: str) -> None:
    assert f"- [ ] {box}" in fill_pull_template(f"## Checklist\n\n- [ ] {box}\n", PATCH, facts=KNOWN).body


@pytest.mark.parametrize(
    "box",
    ["Tested", "My code is tested", "I have tested my own code", "I've tested this change", "This has been tested"],
)
def test_a_box_about_our_test_is_ticked(box: str) -> None:
    template = f"## Checklist\n\n- [ ] {box}\n"
    assert f"- [x] {box}" in fill_pull_template(template, PATCH, facts=KNOWN).body
    assert f"- [ ] {box}" in fill_pull_template(template, PATCH, facts=Facts()).body


def test_instructions_go_where_room_was_left_and_not_below_a_heading_inside() -> None:
    template = (
        "## Test instructions\n\n### For the acceptance test\n\nTest it by these steps:\n\n*\n\n"
        "#### Test scenarios\n\n- [ ] On a phone\n"
    )
    body = fill_pull_template(template, PATCH).body
    assert body.index("Test it by these steps:\n\n1. Press Send.") < body.index(
        "#### Test scenarios\n\n- [ ] On a phone"
    )


def test_a_blank_keeps_what_leads_to_the_answer() -> None:
    body = fill_pull_template("## Impact check\n\nThis affects the following parts:\n\n*\n", PATCH).body
    assert "## Impact check\n\nThis affects the following parts:\n\n(( fill in: Impact check ))" in body


def test_an_entry_for_the_changelog_is_an_item_where_they_left_one() -> None:
    assert "## Changelog\n\n* Fix - Wait longer" in fill_pull_template("## Changelog\n\n*\n", PATCH).body
    assert "## Changelog\n\nFix - Wait longer" in fill_pull_template("## Changelog\n", PATCH).body


def test_what_it_is_about_comes_first_where_they_have_no_heading_for_it() -> None:
    body = fill_pull_template("Thank you!\n\n### Screenshots\n\n### How to test\n", PATCH).body
    headings = [line for line in body.split("\n") if line.startswith("#")]
    assert headings == [
        "### What?",
        "### Why?",
        "### How?",
        "### Screenshots",
        "### How to test",
        "### Changelog entry",
    ]


def test_thanks_do_not_stand_under_their_last_heading_as_if_they_answered_it() -> None:
    thanked = f"{PATCH}\nThank you for Forms.\n"
    template = "## Summary\n\n## How to test\n\n## Changelog\n\n## Innovation\n\n- [ ] It is new\n"
    assert fill_pull_template(template, thanked).body.endswith("- [ ] It is new\n\n---\n\nThank you for Forms.\n")
    assert "---" not in fill_pull_template("## Summary\n", thanked).body


def test_what_they_tell_the_writer_is_not_posted() -> None:
    template = (
        "**Warning:** This is no place for support.\n_Please send no built files._\n"
        "Change `[ ]` to `[x]` to mark what is done.\n\n**Describe the bug**\nA clear and concise description.\n"
    )
    body = fill_markdown_form(template, BUG).body
    assert body.startswith("**Describe the bug**\n\nIt hangs when sending.\n\n**Steps to reproduce**\n\n1. Press Send.")
    assert not any(word in body for word in ("Warning", "Please send", "Change `", "concise"))


def test_versions_that_they_ask_for_by_example_are_answered_by_ours() -> None:
    template = (
        "### Information (if one version is affected):\nPHP Version:\nForms Version (or branch):\n\n"
        "### Phone\n - Device: [e.g. a phone]\n - OS: [e.g. its system]\n"
    )
    body = fill_markdown_form(template, BUG).body
    assert "(if one version is affected):\n\n- Forms: 1.2\n- WordPress: 6.9\n\n### " in body
    assert "PHP Version:" not in body
    assert "e.g." not in body


def test_a_fix_is_not_put_under_the_browser_nor_under_technical_information() -> None:
    template = "### Browser\n- Name: e.g. any\n\n### Technical info\n\n#### Used versions\n* PHP version:\n"
    body = fill_markdown_form(template, BUG).body
    assert "### Browser\n\nNot noted." in body
    assert "#### Used versions\n\n- Forms: 1.2\n- WordPress: 6.9" in body
    assert "### Proposed fix\n\nWait longer." in body


def test_boxes_stay_with_the_line_that_asks_for_them() -> None:
    template = (
        "## Describe the bug\nWhat applies (mark it with an x):\n- [ ] Sending\n- [ ] Saving\n\n"
        "## Kind of site\n* If relevant, the editor:\n- [ ] Blocks\n\n* The theme:\n- [ ] Classic\n"
    )
    body = fill_markdown_form(template, BUG).body
    assert "What applies (mark it with an x):\n- [ ] Sending\n- [ ] Saving" in body
    assert body.index("It hangs when sending.") < body.index("What applies")
    assert "* If relevant, the editor:\n- [ ] Blocks\n\n* The theme:\n- [ ] Classic" in body


def test_of_two_fields_for_the_environment_ours_takes_the_one_about_wordpress() -> None:
    rows = [
        {"type": "textarea", "attributes": {"label": label}}
        for label in ("Environment", "WordPress and Forms information")
    ]
    form = parse_issue_form({"body": rows}, "bug.yml")
    assert form is not None
    body = fill_issue_form(form, BUG).body
    assert "### Environment\n\n_No response_\n\n### WordPress and Forms information\n\n- Forms: 1.2" in body


def test_what_applies_to_some_only_is_no_blank() -> None:
    filled = fill_pull_template("## Test links (if applicable)\n\n## Does this close any open issues?\n", PATCH)
    assert filled.left_over == ()
    assert "## Does this close any open issues?\n\nNone." in filled.body

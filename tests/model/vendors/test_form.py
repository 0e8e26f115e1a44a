"""A vendor's own templates, filled in: their headings, our words, and nothing that is not known."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from plugwatch.model.markdown_parts import make_harmless, split_sections
from plugwatch.model.roads.markup import find_blanks
from plugwatch.model.vendors.form import fill_markdown_form, fill_pull_template, read_front_matter
from plugwatch.model.vendors.form_facts import Facts
from plugwatch.model.vendors.headings import find_meaning

URL = "https://github.com/vendor/forms/issues/7"
PATCH = f"""## What?

This fixes a problem in Forms 1.2: it hangs

Closes {URL}

## Why?

The server is slow.

- **Expected:** It ends.
- **Actual:** It hangs.

## How?

It waits longer, in

- `inc/mail.php`

## Testing instructions

1. Press Send.
2. Wait.

## Tested with

- Forms: 1.2
- WordPress: 6.9
- PHP: 8.2

With the patch: sent.

## Changelog entry

> Fix - Wait longer

We contribute this under the licence of Forms. Thank you for Forms and for your time.
"""
UNRELATED = PATCH.replace(f"\nCloses {URL}\n", "")
BUG = """## Describe the bug

It hangs when sending.

## Steps to reproduce

1. Press Send.

## Expected behaviour

It ends.

## Actual behaviour

It hangs.

## Environment

- Forms: 1.2
- PHP: 8.2

## Proposed fix

```diff
## Steps to reproduce
-$wait = 10;
+$wait = 60;
```

The complete patch is attached.

Thank you for Forms and for your time.
"""


def section(body: str, heading: str) -> str:
    """What stands under a heading, which must be there once."""
    found = [part for part in split_sections(body) if part.heading == heading]
    assert len(found) == 1, heading
    return found[0].text


def test_headings_that_mean_the_same_take_ours_in_their_order() -> None:
    template = (
        "<!-- Thank you! @maintainers -->\n## Description\n<!-- What and why -->\n\n### How to verify\n1.\n2.\n\n"
        "## Implementation details\n\n*\n\n## Motivation and context\n\n## Changelog\n\n*\n"
    )
    filled = fill_pull_template(template, UNRELATED)
    headings = [part.heading for part in split_sections(filled.body, deepest=6) if part.heading]
    assert headings == [
        "Description",
        "How to verify",
        "Implementation details",
        "Motivation and context",
        "Changelog",
    ]
    assert section(filled.body, "Description") == "This fixes a problem in Forms 1.2: it hangs"
    assert section(filled.body, "How to verify").startswith("1. Press Send.\n2. Wait.")
    assert section(filled.body, "Motivation and context").startswith("The server is slow.\n\n- **Expected:** It ends.")
    assert "**Tested with**" in filled.body
    assert section(filled.body, "Changelog").startswith("* Fix - Wait longer")
    assert filled.left_over == ()
    assert "<!--" not in filled.body
    assert filled.body.endswith("Thank you for Forms and for your time.\n")


def test_a_second_heading_of_one_meaning_takes_what_has_none() -> None:
    filled = fill_pull_template("## Summary\n\n## Motivation\n\n## What changed\n", UNRELATED)
    assert section(filled.body, "Summary").startswith("This fixes")
    assert section(filled.body, "What changed").startswith("It waits longer")
    assert filled.left_over == ()


def test_what_has_no_place_follows_under_our_own_headings() -> None:
    filled = fill_pull_template("### Summary\n\n### Screenshots\n", UNRELATED)
    assert section(filled.body, "Screenshots") == "None."
    assert [part.line for part in split_sections(filled.body, deepest=6)][1:] == [
        "### Summary",
        "### Screenshots",
        "### Testing instructions",
        "### Tested with",
        "### Changelog entry",
    ]
    assert "**Why?**\n\nThe server is slow." in section_of(filled.body, "### Summary")
    assert "> Fix - Wait longer" in filled.body


def section_of(body: str, line: str) -> str:
    return next(part.text for part in split_sections(body, deepest=6) if part.line == line)


def test_every_line_of_ours_is_there_whatever_the_template() -> None:
    ours = [line for line in UNRELATED.split("\n") if line and not line.startswith(("## ", "> "))]
    for template in ("", "Fixes #", "## Unknown heading\n", "no headings at all", "## What?\n## How?\n", "# A\n" * 50):
        lines = fill_pull_template(template, UNRELATED).body.split("\n")
        assert [line for line in ours if line not in lines] == []


@pytest.mark.parametrize(
    ("stub", "kept"),
    [
        ("Closes # .", f"Closes {URL}"),
        ("Fixes #", f"Fixes {URL}"),
        ("- Resolves: #123", f"Resolves {URL}"),
        ("Fixes #(issue number)", f"Fixes {URL}"),
        ("Fixes VENDOR-<id>\nFixes #<id>", f"Fixes {URL}"),
        ("Part of #", None),
        ("See #12", None),
        ("Closes <!-- #NUMBER or URL -->", f"Closes {URL}"),
        ("fixes #ISSUE-NUMBER.", f"Fixes {URL}"),
    ],
)
def test_their_fixes_line_takes_the_issue_or_goes(stub: str, kept: str | None) -> None:
    template = f"## Description\n\n{stub}\n\n## Testing\n\n1.\n"
    closing = fill_pull_template(template, PATCH, closes=URL).body
    assert closing.count(URL) == 1
    assert kept is None or kept in closing.split("\n")
    without = fill_pull_template(template, UNRELATED).body
    assert not re.search(r"(?i)\b(close|fix|resolve)[sd]?\b:?\s*(#|http)", without)


def test_without_a_line_of_theirs_ours_says_what_it_closes() -> None:
    assert f"\nCloses {URL}\n" in fill_pull_template("## What?\n", PATCH, closes=URL).body


def test_a_section_for_the_issue_alone() -> None:
    template = "## Related issue\n\nFixes #\n\n## Description\n"
    assert section(fill_pull_template(template, PATCH, closes=URL).body, "Related issue") == f"Fixes {URL}"
    assert section(fill_pull_template(template, UNRELATED).body, "Related issue") == "None."
    bare = fill_pull_template("## Linked issues\n<!-- links -->\n\n## Description\n", PATCH, closes=URL).body
    assert section(bare, "Linked issues") == URL


def test_boxes_are_ticked_for_what_is_known_and_the_others_are_left_to_a_person() -> None:
    template = (
        "## Description\n\n## Checklist\n- [x] I have searched for other open pull requests\n"
        "- [ ] My code is tested\n* [ ] I have added unit tests that were tested\n- [ ] I agree to the CLA\n"
    )
    nothing = fill_pull_template(template, UNRELATED)
    assert "[x]" not in nothing.body
    assert len(nothing.left_over) == 4
    known = fill_pull_template(template, UNRELATED, facts=Facts(searched=True, tested=True))
    assert "- [x] I have searched" in known.body
    assert "- [x] My code is tested" in known.body
    assert known.left_over == ("I have added unit tests that were tested", "I agree to the CLA")
    assert find_blanks(known.body) == ()


@pytest.mark.parametrize(
    "claim",
    [
        "I have tested it on mobile",
        "Tested with the latest versions of WordPress and PHP",
        "My changes are tested with unit tests",
        "All tests pass and the code is tested",
        "I searched, and agree to be contacted",
        "I have nothing to add",
        "I have reviewed the security of this",
        "My code follows the coding standards",
    ],
)
def test_a_box_that_claims_more_than_is_known_is_not_ticked(claim: str) -> None:
    facts = Facts(True, True, True, True, True, True, True, True)
    assert fill_pull_template(f"## Checklist\n- [ ] {claim}\n", UNRELATED, facts=facts).left_over == (claim,)


def test_the_type_of_the_change_is_a_fix() -> None:
    template = (
        "## Types of changes\n- [ ] New feature\n- [ ] Bug fix (non-breaking)\n- [ ] Breaking change that fixes\n"
    )
    filled = fill_pull_template(template, UNRELATED)
    assert re.findall(r"\[x\] (\w+)", filled.body) == ["Bug"]
    assert filled.left_over == ()


def test_what_only_a_person_can_answer_is_a_blank() -> None:
    template = "## What?\n## Testing Instructions for Keyboard\n<!-- how -->\n## Impact check\nThis affects:\n\n*\n"
    filled = fill_pull_template(template, UNRELATED)
    assert find_blanks(filled.body) == ("Testing Instructions for Keyboard", "Impact check")
    assert filled.left_over == ("Testing Instructions for Keyboard", "Impact check")


def test_what_is_for_the_reviewer_stays_and_is_nobodys_duty() -> None:
    template = "## What?\n### FOR PR REVIEWER ONLY:\n- [ ] I have reviewed it for security\n"
    filled = fill_pull_template(template, UNRELATED, facts=Facts(no_security=True))
    assert "- [ ] I have reviewed it for security" in filled.body
    assert filled.left_over == ()


def test_a_statement_in_our_name_must_be_confirmed() -> None:
    template = "### Guidelines:\n\n- I have followed the contributing guidelines.\n- Be kind.\n\n### Summary\n"
    filled = fill_pull_template(template, UNRELATED)
    assert filled.left_over == ("Guidelines:",)
    assert find_blanks(filled.body) == ("confirm this, or take it out",)
    known = fill_pull_template(template, UNRELATED, facts=Facts(guidelines=True))
    assert (known.left_over, find_blanks(known.body)) == ((), ())
    more = template.replace("- Be kind.", "- I\u2019ve reviewed my code for security best practices.")
    assert fill_pull_template(more, UNRELATED, facts=Facts(guidelines=True, no_security=True)).left_over


def test_what_is_the_vendors_is_told_apart_from_ours() -> None:
    template = "Write to dev@vendor.example\n\n## Summary\n- [ ] I have searched\n  * Ask @mika\n"
    filled = fill_pull_template(template, UNRELATED, facts=Facts(searched=True))
    lines = [line.strip() for line in filled.body.split("\n") if line.strip()]
    assert [line for line in lines if line in filled.theirs] == ["## Summary", "- [x] I have searched"]
    assert not any(line in filled.theirs for line in UNRELATED.split("\n") if line)


def test_requests_for_words_are_not_posted() -> None:
    template = (
        "## Description\nPlease describe it.\n\n## Screenshots\nIf applicable, add some.\n\n## Fallout\nExplain it.\n"
    )
    filled = fill_pull_template(template, UNRELATED)
    assert not re.search("Please|applicable|Explain", filled.body)
    assert find_blanks(filled.body) == filled.left_over == ("Fallout",)


def test_a_changelog_in_a_fold_is_filled_in_where_its_message_belongs() -> None:
    template = (
        "### Changelog entry\n- [ ] Create an entry automatically\n\n<details>\n\n<summary>Details</summary>\n\n"
        "#### Significance\n- [ ] Patch\n- [ ] Major\n\n#### Type\n- [ ] Add - New\n- [ ] Fix - Fixes a bug\n\n"
        "#### Message <!-- here -->\n\n</details>\n\n<details>\n<summary>Comment</summary>\n\n#### Comment"
        "\n\n</details>\n"
    )
    body = fill_pull_template(template, UNRELATED).body
    assert "#### Message\n\nWait longer\n\n</details>" in body
    assert "[x] Patch" in body
    assert "[x] Fix - Fixes a bug" in body
    assert (body.count("<details>"), body.count("</details>")) == (2, 2)


def test_instructions_in_plain_words_make_room_for_the_answer() -> None:
    template = "**Describe the bug**\nA clear and concise description of what the bug is.\n\n"
    template += "**To Reproduce**\n1. Go to '...'\n"
    filled = fill_markdown_form(
        f"---\nname: Bug\ntitle: '[Bug]:'\nlabels: bug, triage\n---\n{template}", BUG, form="bug.md"
    )
    assert "A clear and concise" not in filled.body
    assert "Go to" not in filled.body
    assert (filled.title_prefix, filled.labels, filled.form) == ("[Bug]: ", ("bug", "triage"), "bug.md")
    assert section(filled.body, "To Reproduce") == "1. Press Send."
    assert "**Expected behaviour**\n\nIt ends." in filled.body
    assert "**Proposed fix**\n\n```diff\n## Steps to reproduce\n" in filled.body


def test_a_head_with_labels_one_a_line_and_none_at_all() -> None:
    assert read_front_matter("---\nname: Bug\nlabels:\n  - bug\n  - 'to do'\n---\nx").labels == ("bug", "to do")
    assert read_front_matter("## Bug\n---\n").template == "## Bug\n---\n"
    assert read_front_matter("---\nname: Bug\n").name == ""


@pytest.mark.parametrize(
    ("heading", "meaning"),
    [
        ("Changes proposed in this Pull Request:", "what"),
        ("How has this been tested?", "tested"),
        ("Testing that has already taken place:", "tested"),
        ("How to test the changes in this Pull Request:", "testing"),
        ("🧪 Test Plan", "testing"),
        ("Relevant technical choices:", "how"),
        ("Why are these changes needed?", "why"),
        ("Motivation and Context", "why"),
        ("Additional context", "additional"),
        ("To Reproduce", "steps"),
        ("What actually happened", "actual"),
        ("A clear and concise description of what you expected to happen.", "expected"),
        ("Screenshots or screencast", "screenshots"),
        ("Related product discussion/links", "related"),
        ("Fixes", "related"),
        ("Environment (please complete the following information)", "environment"),
        ("UI changes", "person"),
        ("Zusammenfassung", None),
        ("", None),
    ],
)
def test_what_headings_mean(heading: str, meaning: str | None) -> None:
    assert find_meaning(heading) == meaning


# Nothing in a template may act

HOSTILE = (
    "```",
    "~~~",
    "````php",
    "- ```",
    "> ~~~",
    "   ```",
    "    ```",
    "<!--",
    "-->",
    "<details>",
    "</details>",
    "<summary>x</summary>",
    "<script>",
    "<pre>",
    "<![CDATA[",
    "<?php",
    "</div>",
    "<https://vendor.example>",
    "## What?",
    "**Why?**",
    "How?\n---",
    "# Testing",
    "### Changelog",
    "@everyone @vendor/team",
    "cc @mika: see vendor/forms#3 GH-4",
    "Fixes #1",
    "This closes #2, resolves vendor/forms#3",
    "fixes https://github.com/vendor/forms/issues/9",
    "Fix <details>#5</details>",
    "- [ ] I have searched",
    "* [x] Done @mika",
    "1.",
    "- ",
    "| a | b |",
    "|---|---|",
    "$$",
    "[words]: https://evil.example",
    "x:",
    "   ",
    "(( fill in: x ))",
    "\t",
)
READER = MarkdownIt("commonmark").enable("table")


@given(st.lists(st.sampled_from(HOSTILE), max_size=14))
@settings(max_examples=250)
def test_a_hostile_template_neither_pings_nor_closes_nor_swallows(lines: list[str]) -> None:
    ours = "## What?\n\nourwhat\n\n## Why?\n\nourwhy\n\n## How?\n\nourhow\n\n```diff\nourcode\n```\n\n"
    ours += "## Testing instructions\n\n1. ourtest\n"
    body = fill_pull_template("\n".join(lines), ours).body
    tokens = READER.parse(body)
    prose = [token.content for token in tokens if token.type == "inline"]
    for word in ("ourwhat", "ourwhy", "ourhow", "ourtest"):
        assert sum(word in text.split("\n") for text in prose) == 1, body
    assert sum(token.type == "fence" and token.content == "ourcode\n" for token in tokens) == 1, body
    assert not re.search(r"@[A-Za-z0-9]|(?<!&)#\d|GH-\d|/issues/\d", body)
    blocks = [token.content for token in tokens if token.type == "html_block"]
    assert all(re.match(r"\s*</?(details|summary)>", block) for block in blocks), body
    assert body.count("<details>") == body.count("</details>")


@given(st.text(alphabet="`~<>!-#@*[]() \n\tabcdetails/|:.1", max_size=200))
@settings(max_examples=200)
def test_whatever_stands_before_it_a_paragraph_of_ours_is_one(text: str) -> None:
    once = make_harmless(text)
    tokens = READER.parse(once + "\n\nbehind\n")
    assert tokens[-2].content == "behind"
    assert tokens[-2].type == "inline"
    assert tokens[-3].type == "paragraph_open"


@pytest.mark.parametrize("piece", ["\t", "> ", " *", "1.2.3.", "```", "<!--", "- [ ] ", "<details>", "[a](", "@a "])
def test_no_template_takes_long_to_fill_in(piece: str) -> None:
    assert "It waits." in fill_pull_template(piece * (30_000 // len(piece)), "## What?\n\nIt waits.\n").body

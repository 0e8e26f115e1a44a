"""A vendor's issue form, filled in as GitHub itself would."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugwatch.model.roads.markup import find_blanks
from plugwatch.model.vendors.form_facts import Facts
from plugwatch.model.vendors.issue_form import (
    IssueForm,
    choose_bug_form,
    fill_issue_form,
    parse_issue_form,
    prefilled_address,
)

BUG = """## Describe the bug

It hangs when sending.

## Steps to reproduce

1. Press Send.

## Expected behaviour

It ends.

## Actual behaviour

It hangs.

## Environment

- Tidy Forms: 1.2.3
- First version with the problem: 1.2.0
- Last version without it: 1.1.9
- WordPress: 6.9.1
- PHP: 8.2
- Theme: Storefront 4.6
- WooCommerce: 9.3

## Proposed fix

```diff
-$wait = 10;
+$wait = 60;
```

The complete patch is attached.

Thank you for Tidy Forms and for your time.
"""


def field(kind: str, label: str, **more: Any) -> dict[str, Any]:
    """A row of a form's body, as YAML gives it: all words."""
    required = {"validations": {"required": "true"}} if more.pop("required", False) else {}
    identity = {"id": more.pop("id")} if "id" in more else {}
    return {"type": kind, "attributes": {"label": label, **more}} | required | identity


def form(*rows: Any, **more: Any) -> IssueForm:
    made = parse_issue_form({"name": "Bug", "body": list(rows)} | more, "bug.yml")
    assert made
    return made


def answers(body: str) -> dict[str, str]:
    """The answers by their labels, code not read for headings."""
    parts = re.split(r"^### (.+)\n\n", body, flags=re.MULTILINE)
    return {label: text.strip("\n") for label, text in zip(parts[1::2], parts[2::2], strict=True)}


def test_the_body_is_what_github_makes_of_the_form() -> None:
    made = form(
        {"type": "markdown", "attributes": {"value": "Thank you @all, fixes #1"}},
        field("checkboxes", "Prerequisites", options=[{"label": "I have searched", "required": "true"}]),
        field("textarea", "What happened?", required=True),
        field("textarea", "Logs", render="shell"),
        field("input", "Phone"),
        field("dropdown", "Area", options=["Editor", "Mail"]),
    )
    filled = fill_issue_form(made, BUG, facts=Facts(searched=True))
    assert filled.body.startswith(
        "### Prerequisites\n\n- [x] I have searched\n\n### What happened?\n\nIt hangs when sending.\n\n"
        "**Steps to reproduce**\n\n1. Press Send.\n\n**Expected behaviour**\n\nIt ends.\n\n"
        "**Actual behaviour**\n\nIt hangs.\n\n### Logs\n\n_No response_\n\n### Phone\n\n_No response_\n\n"
        "### Area\n\n_No response_\n\n### Environment\n\n- Tidy Forms: 1.2.3\n"
    )
    assert filled.body.endswith("The complete patch is attached.\n\nThank you for Tidy Forms and for your time.\n")
    assert filled.left_over == ()
    assert {"### Phone", "- [x] I have searched", "- [ ] I have searched", "Mail"} <= filled.theirs
    assert "It hangs when sending." not in filled.theirs


def test_versions_go_into_the_fields_that_ask_for_them_and_the_rest_stays_together() -> None:
    made = form(
        field("input", "PHP version"),
        field("input", "WordPress version", required=True),
        field("input", "WordPress Theme"),
        field("input", "Tidy Forms version", required=True),
        field("input", "WooCommerce version (if relevant)"),
        field("input", "Elementor plugin version (if relevant)"),
        field("textarea", "Relevant plugins in case of a bug"),
        field("input", "Last working version"),
        field("input", "Theme type"),
    )
    told = answers(fill_issue_form(made, BUG).body)
    assert told["PHP version"] == "8.2"
    assert told["WordPress version"] == "6.9.1"
    assert told["WordPress Theme"] == "Storefront 4.6"
    assert told["Tidy Forms version"] == "1.2.3"
    assert told["WooCommerce version (if relevant)"] == "9.3"
    assert told["Elementor plugin version (if relevant)"] == "_No response_"
    assert told["Relevant plugins in case of a bug"] == "- WooCommerce: 9.3"
    assert told["Last working version"] == "1.1.9"
    assert told["Theme type"] == "_No response_"
    assert told["Environment"] == "- First version with the problem: 1.2.0"


@pytest.mark.parametrize(
    "label", ["Version", "Plugin version", "Which version", "Version of the plugin", "Your version"]
)
def test_a_version_of_nothing_in_particular_is_the_components(label: str) -> None:
    assert answers(fill_issue_form(form(field("input", label)), BUG).body)[label] == "1.2.3"


def test_required_answers_that_we_do_not_have_are_blanks_and_are_named() -> None:
    made = form(
        field("input", "Server software", required=True),
        field("dropdown", "Severity", options=["High", "Low"], required=True),
        field("checkboxes", "Terms", options=[{"label": "I agree", "required": "true"}, {"label": "I am new"}]),
        field("checkboxes", "Browsers", options=[{"label": "Firefox"}, {"label": "Chrome"}]),
    )
    filled = fill_issue_form(made, BUG)
    assert filled.left_over == ("Server software", "Severity", "I agree")
    assert find_blanks(filled.body) == ("Server software", "Severity", "tick this box, or say why not")
    assert "- [ ] I am new\n" in filled.body
    assert "[x]" not in filled.body


@pytest.mark.parametrize(
    ("label", "options", "facts", "answer"),
    [
        ("Have you searched existing issues?", ["Yes", "No"], Facts(searched=True), "Yes"),
        ("Are all other plugins deactivated?", ["yes", "no"], Facts(others_off=False), "no"),
        ("Reproducibility", ["Consistent", "Intermittent", "Once"], Facts(reproducible=True), "Consistent"),
        ("How often does it happen?", ["Sometimes", "Every time"], Facts(reproducible=True), "Every time"),
        ("Reproducibility", ["Consistent", "Once"], Facts(), "_No response_"),
        ("Impacted plugin", ["Tidy Mail", "Tidy Forms"], Facts(), "Tidy Forms"),
        ("Impacted plugin", ["Tidy Mail", "Tidy Forms Pro"], Facts(), "_No response_"),
        ("Colour", ["Tidy Forms"], Facts(searched=True), "_No response_"),
    ],
)
def test_a_choice_is_made_only_where_it_is_known(label: str, options: list[str], facts: Facts, answer: str) -> None:
    made = form(field("dropdown", label, options=options))
    assert answers(fill_issue_form(made, BUG, facts=facts).body)[label] == answer


def test_a_box_that_says_yes_confirms_what_its_label_asks() -> None:
    made = form(
        field("checkboxes", "Please confirm that you have searched", options=[{"label": "Yes", "required": "true"}])
    )
    assert "- [x] Yes" in fill_issue_form(made, BUG, facts=Facts(searched=True)).body
    assert fill_issue_form(made, BUG).left_over == ("Please confirm that you have searched",)


def test_an_answer_in_a_block_of_code_cannot_leave_it() -> None:
    made = form(field("textarea", "Environment", render="text"), field("textarea", "Proposed fix", render="diff"))
    told = answers(fill_issue_form(made, BUG).body)
    assert told["Environment"].startswith("```text\n- Tidy Forms: 1.2.3\n")
    assert told["Environment"].endswith("\n```")
    assert told["Proposed fix"].startswith("```diff\n-$wait")  # ours is code already


def test_labels_that_would_act_are_only_words() -> None:
    made = form(
        field("input", "cc @everyone\n# fixes #1 <!-- x --> <script>"),
        field("checkboxes", "Boxes", options=[{"label": "@mika closes https://github.com/a/b/issues/3 ```"}]),
        field("dropdown", "Product", options=["Tidy Forms"], required=True),
        title="[Bug]\nfor @mika",
        labels=["bug", 3, "two\nlines"],
    )
    filled = fill_issue_form(made, BUG)
    assert not re.search(r"@[a-z]|#\d|/issues/\d|<!--|<script", filled.body)
    assert "\n" not in filled.title_prefix
    assert filled.labels == ("bug", "3", "two lines")


def test_a_stand_in_for_a_title_is_no_prefix() -> None:
    row = field("input", "A")
    assert form(row, title="[Bug]: ").title == "[Bug]: "
    assert form(row, title="<title>").title == ""
    assert form(row).title == ""


@pytest.mark.parametrize(
    "document", [None, [], "x", {}, {"body": "x"}, {"body": []}, {"body": [1, {"type": "textarea"}, {"type": "video"}]}]
)
def test_what_is_no_form(document: object) -> None:
    assert parse_issue_form(document, "x.yml") is None


def test_the_address_for_a_person_has_the_answers_by_their_ids() -> None:
    made = form(
        field("textarea", "Steps", id="steps"),
        field("input", "PHP version", id="php"),
        field("input", "Phone", id="phone", required=True),
        title="[Bug]: ",
    )
    filled = fill_issue_form(made, BUG)
    address = prefilled_address("https://github.com/vendor/forms", filled, "[Bug]: It hangs & more")
    parts = urlsplit(address)
    assert f"{parts.scheme}://{parts.netloc}{parts.path}" == "https://github.com/vendor/forms/issues/new"
    assert parse_qs(parts.query) == {
        "template": ["bug.yml"],
        "title": ["[Bug]: It hangs & more"],
        "steps": ["1. Press Send."],
        "php": ["8.2"],
    }


def test_a_long_address_leaves_out_the_longest_answers() -> None:
    made = form(field("textarea", "Describe the bug", id="what"), field("textarea", "Steps", id="steps"))
    filled = fill_issue_form(made, BUG.replace("It hangs when sending.", "ü" * 3000))
    address = prefilled_address("https://github.com/vendor/forms", filled, "It hangs")
    assert len(address) < 8_000
    assert set(parse_qs(urlsplit(address).query)) == {"template", "title", "steps"}


@pytest.mark.parametrize(
    ("files", "chosen"),
    [
        (["1-bug-report.yml", "2-enhancement.yml"], "1-bug-report.yml"),
        (["bug.md", "bug.yml"], "bug.yml"),
        (["feature.yml", "support.md"], None),
        (["report.yml"], "report.yml"),
        (["feature_request.md"], None),
        (["security-bug.yml", "regression.yml"], "regression.yml"),
        ([], None),
    ],
)
def test_the_form_for_bugs_is_chosen(files: list[str], chosen: str | None) -> None:
    found = choose_bug_form([IssueForm(file, "") for file in files])
    assert (found.file if found else None) == chosen


VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.text(max_size=20)),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=8), inner, max_size=4)),
    max_leaves=8,
)
ROWS = st.fixed_dictionaries(
    {"type": st.sampled_from(["input", "textarea", "dropdown", "checkboxes", "markdown"])},
    optional={
        "id": VALUES,
        "attributes": st.one_of(
            VALUES,
            st.fixed_dictionaries({"label": VALUES}, optional={"options": VALUES, "render": VALUES, "value": VALUES}),
        ),
        "validations": VALUES,
    },
)


@given(st.fixed_dictionaries({"body": st.lists(ROWS, max_size=5)}, optional={"title": VALUES, "labels": VALUES}))
@settings(max_examples=80)
def test_no_form_is_too_odd_and_all_of_ours_is_told(document: dict[str, Any]) -> None:
    made = parse_issue_form(document, "odd.yml")
    if made is None:
        return
    filled = fill_issue_form(made, BUG)
    for words in ("It hangs when sending.", "1. Press Send.", "+$wait = 60;", "First version with the problem: 1.2.0"):
        assert filled.body.count(words) == 1
    assert len(prefilled_address("https://github.com/a/b", filled, "x")) <= 8_000

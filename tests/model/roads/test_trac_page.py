"""A page is read as a browser reads it: what its forms would send, what it complains of, which files it lists."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugwatch.model.roads.trac_page import read_page

FORM = """<form id="search"><input name="q" value="x"></form>
<form method="post" id="propertyform"><input type="hidden" name="__FORM_TOKEN" value="a&amp;b" />
<input name="field_summary"/><textarea name="field_description">
one &lt;b&gt;
 two</textarea>
<select name="field_type"><option value="defect">bug</option><option selected="selected">task</option></select>
<select name="field_component"><option>General</option>
<optgroup label="x"><option value="">none</option></optgroup></select>
<select name="field_version"></select>
<input type="radio" name="action" value="create" checked="checked"/><input type="radio" name="action" value="leave"/>
<input type="checkbox" name="attachment"/><input type="checkbox" name="notify" checked/><input type="file" name="file"/>
<input type="submit" name="preview" value="Preview"/></form><input name="outside" value="1"/>"""


WARNING = """<div id="warning" class="system-message"><a class="trac-close-msg" href="#"><span>close</span></a>
<strong>Warning:</strong> The field <strong>summary</strong> is
 empty &lt;x&gt;. <div>And<br>more</div></div>no"""


def test_a_form_is_sent_back_as_a_browser_would() -> None:
    form = read_page(FORM).form_with("field_summary")
    assert form is not None
    assert form.values == {
        "__FORM_TOKEN": "a&b",
        "field_summary": "",
        "field_description": "\none <b>\n two",
        "field_type": "task",
        "field_component": "General",
        "action": "create",
        "notify": "on",
    }
    assert form.choices["field_type"] == ["defect", "task"]
    assert form.choices["field_component"] == ["General", ""]
    assert form.choices["action"] == ["create", "leave"]
    assert form.has("file")
    assert not form.has("outside")
    assert read_page(FORM).form_with("nothing") is None


@pytest.mark.parametrize(
    ("html", "told"),
    [
        (WARNING, "The field summary is empty <x>. And more"),
        ('<p class="message">Maximum: 1 KB</p><p>no</p>', "Maximum: 1 KB"),
        ('<script>$("div.system-message").hide();</script><p>fine</p>', ""),
        (f'<p class="message">{"x" * 999}</p>', "x" * 299 + "\u2026"),
        ('<p class="message">\u202eodd\x1b[31m</p>', "odd[31m"),
        ("", ""),
    ],
)
def test_what_a_page_complains_of_is_one_line(html: str, told: str) -> None:
    assert read_page(html).complaints.replace("  ", " ") == told


def test_the_files_of_a_ticket_are_those_that_it_links() -> None:
    html = """<a href="/env/attachment/ticket/1/a.diff">a</a><a href="/env/raw-attachment/ticket/1/a.diff">b</a>
    <a href="https://trac.example/env/raw-attachment/ticket/1/gr%C3%BCn%20b.diff?x=1#y">c</a><a href="https://[">d</a>
    <a href="/env/raw-attachment/ticket/12/no.diff">e</a><a href="/env/raw-attachment/ticket/1/">f</a>
    <a href="/env/raw-attachment/ticket/1/a.diff">g</a><a href="/env/raw-attachment/ticket/1/..%2Fetc">h</a>"""
    assert read_page(html).files_of(1) == ["a.diff", "gr\u00fcn b.diff"]


@given(
    st.lists(
        st.sampled_from(
            [
                "<form>",
                "</form>",
                "<select name=a>",
                "<option>",
                "</select>",
                "<textarea name=b>",
                "x",
                "</textarea>",
                '<p class="message">',
                "</p>",
                "<a href='https://['>",
                "<",
                "&#",
                "<!--",
            ]
        )
    )
)
def test_no_page_is_too_broken_to_be_read(parts: list[str]) -> None:
    page = read_page("".join(parts))
    assert page.files_of(1) == []
    assert page.form_with("nothing") is None


@pytest.mark.parametrize("piece", ["<a ", "<!--", "<![x", "<?", "<![CDATA[", "</", "<a href='", "<title></titl"])
def test_no_page_takes_long_to_read(piece: str) -> None:
    assert read_page(f"<form>{piece * 20_000}").complaints == ""

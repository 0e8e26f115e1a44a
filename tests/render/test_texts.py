"""The template engine: where templates come from, what is escaped, and what a person is told of a mistake in one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugwatch.errors import InputError, NotFoundError
from plugwatch.model.roads.markup import MARKUPS, one_line
from plugwatch.model.roads.road import KINDS, NETWORKS, ROADS, Road
from plugwatch.model.roads.social import check_length, length
from plugwatch.model.roads.submission import Brief, Thread
from plugwatch.render.templates import shorten
from plugwatch.render.texts import Texts, find_shipped_templates

HOSTILE = "`</code> @everyone #1 ``` '''"


@pytest.fixture
def own(tmp_path: Path, brief: Brief) -> Callable[..., tuple[str, str]]:
    """Render a template of one's own: its title and body."""

    def render(source: str, road: Road = ROADS["github-issue"], about: Brief = brief) -> tuple[str, str]:
        path = tmp_path / road.template(about.kind)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source, encoding="utf-8")
        text = Texts([tmp_path]).render(road, about)
        return text.title, text.body

    return render


def test_every_road_has_a_shipped_template_for_every_kind() -> None:
    for road, kind in product(ROADS.values(), KINDS):
        assert (find_shipped_templates() / road.template(kind)).is_file()


def test_a_workspace_overrides_file_by_file(own, tmp_path: Path, brief: Brief) -> None:
    assert own("Subject: Mine\nHello {{ component.name }}.") == ("Mine", "Hello Tidy Forms.\n")
    theirs = Texts([tmp_path]).render(ROADS["trac"], brief)
    assert theirs == Texts().render(ROADS["trac"], brief)


def test_the_first_folder_that_has_a_template_wins(tmp_path: Path, brief: Brief) -> None:
    for name in ("one", "two"):
        folder = tmp_path / name / "upstream" / "forum"
        folder.mkdir(parents=True)
        (folder / "bug.j2").write_text(f"Subject: t\n{name}\n", encoding="utf-8")
    texts = Texts([tmp_path / "none", tmp_path / "one", tmp_path / "two"])
    assert texts.render(ROADS["forum"], brief).body == "one\n"


@pytest.mark.parametrize("road", ROADS.values(), ids=list(ROADS))
def test_every_printed_value_is_escaped(own, brief: Brief, road: Road) -> None:
    hostile = replace(brief, title=HOSTILE, why=f"{HOSTILE}\n\nx", component=replace(brief.component, name=HOSTILE))
    markup = MARKUPS[road.markup]
    title, body = own(
        "Subject: {{ title }}\n{{ title }}\n{{ component.name ~ title }}\n{{ title | upper }}\n{{ why | paragraphs }}\n"
        "{{ title | code }}\n{{ (title | code) ~ title }}\n{{ [title] }}\n",
        road,
        hostile,
    )
    assert title == markup.title(HOSTILE)
    code = markup.code(HOSTILE)
    lines = [markup.inline(t) for t in (HOSTILE, HOSTILE + HOSTILE, HOSTILE.upper())]
    lines += [*markup.paragraphs(f"{HOSTILE}\n\nx").split("\n"), code, markup.inline(code + HOSTILE)]
    assert body == markup.finish("\n".join([*lines, markup.inline(str([HOSTILE]))]))


def test_unknown_values_become_blanks_and_empty_ones_do_not(own, brief: Brief) -> None:
    unknown = replace(brief, why=None, expected=None, workaround="", actual=None)
    nobody = "(( fill in: something that nobody has found out yet ))"
    assert own(
        "Subject: {{ expected | known('title') }}\n{{ why | known('why it happens') | paragraphs }}\n{{ expected }}\n"
        "[{{ workaround | known('workaround') }}]\n{{ actual | code }}\n{{ blank('steps') }}\n",
        about=unknown,
    ) == (
        "(( fill in: title ))",
        f"(( fill in: why it happens ))\n{nobody}\n[]\n{nobody}\n(( fill in: steps ))\n",
    )


def test_blocks_links_and_includes(own, tmp_path: Path) -> None:
    part = tmp_path / "parts" / "thanks.j2"
    part.parent.mkdir()
    part.write_text("Thanks for {{ component.name }}.\n", encoding="utf-8")
    _, body = own(
        "Subject: x\n{{ 'a\n```' | block('php') }}\n{{ related_url | link }}\n{% include 'parts/thanks.j2' %}"
    )
    assert body == (
        "````php\na\n```\n````\n\nhttps://github.com/tidyworks/tidy-forms/issues/1388\nThanks for Tidy Forms.\n"
    )


@pytest.mark.parametrize(
    ("source", "line", "reason"),
    [
        ("Hello\n", 1, "the first line must be 'Subject: ...'"),
        ("", 1, "the first line must be 'Subject: ...'"),
        ("Subject: x\na\n{{ compnent.name }}\n", 3, "'compnent' is undefined"),
        ("Subject: {{ component.nam }}\na\n", 1, "has no attribute 'nam'"),
        ("Subject: x\na\nb\n{% if %}\n", 4, "Expected an expression"),
        ("Subject: x\n{{ title | safe }}\n", 2, "No filter named 'safe'"),
        ("Subject: {{ title | code }}\n", 1, "No filter named 'code'"),
        ("Subject: x\n{{ 1 / 0 }}\n", 2, "division by zero"),
        ("Subject: x\n{{ 'x' * 9 ** 18 }}\n", 2, "something is repeated too often"),
        ("Subject: x\n{{ [1] * 10 ** 9 }}\n", 2, "something is repeated too often"),
        ("Subject: {{ 9 ** 9 ** 9 ** 9 }}\n", 1, "a power is too large"),
        ("Subject: x\n{% for i in range(9 ** 9) %}x{% endfor %}\n", 2, "its loops take more than 100,000 rounds"),
        (
            "Subject: x\n{% for i in range(9999) %}{% for j in range(9999) %}{% endfor %}{% endfor %}\n",
            2,
            "its loops take more than 100,000 rounds",
        ),
        ("Subject: x\n{% macro f() %}{{ f() }}{% endmacro %}\n{{ f() }}\n", 2, "recursion"),
        ("Subject: x\n\n{{ title + 1 }}\n", 3, "can only concatenate str"),
        ("Subject: x\n{{ title.__class__.__mro__ }}\n", 2, "unsafe"),
        ("Subject: x\n{{ steps.append }}\n", 2, "has no attribute 'append'"),
    ],
)
def test_a_mistake_in_a_template_is_told_with_file_and_line(
    own, tmp_path: Path, source: str, line: int, reason: str
) -> None:
    with pytest.raises(InputError) as caught:
        own(source)
    message = str(caught.value)
    assert message.startswith(f"{tmp_path / 'upstream' / 'github-issue' / 'bug.j2'}, line {line}: ")
    assert reason in message
    assert "\n" not in message


def test_a_text_that_goes_on_and_on_is_refused(own) -> None:
    endless = "Subject: x\n{% for i in range(2000) %}{{ title }}" + "long " * 200 + "{% endfor %}"
    with pytest.raises(InputError, match="it makes more than 1,000,000 characters"):
        own(endless)
    assert own(
        "Subject: {{ 2 ** 10 }}\n{{ 'ab' * 3 }}{{ 1.5 * 2 }}{% for i in range(3, 0, -1) %}{{ i }}{% endfor %}"
    ) == (
        "1024",
        "ababab3.0321\n",
    )


def test_lists_and_texts_that_are_cut(own, brief: Brief) -> None:
    source = (
        "Subject: {{ title | shorten(20) }}\n{{ steps | items }}{{ patch.files | map('code') | items }}"
        "{{ 'a\nb\nc' | lines(2) | block }}{{ 'a\nb' | lines(2) | code }}\n{{ why | shorten(9) }}\n"
    )
    about = replace(brief, title="Logged-in visitors cannot", steps=("# x", "y"), why="short")
    assert own(source, about=about) == (
        "Logged-in visitors…",
        "- \\# x\n- y\n- `includes/rest.php`\n```\na\n[… 2 more lines]\n```\n`a b`\nshort\n",
    )
    assert own(source, ROADS["trac"], about)[1].startswith(" * # x\n * y\n")
    assert own(source, ROADS["forum"], about)[1].startswith("<ul>\n<li># x</li>\n<li>y</li>\n</ul>\n")


@given(text=st.text(max_size=120), length=st.integers(1, 90))
@settings(max_examples=100, deadline=None)
def test_a_text_is_cut_where_it_is_too_long_and_only_there(text: str, length: int) -> None:
    cut, whole = shorten(text, length), one_line(text)
    assert len(one_line(cut)) <= length
    if len(whole) <= length:
        assert cut == text
    else:
        assert cut.endswith("…")
        assert whole.startswith(cut[:-1])


@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("kind", KINDS)
def test_a_post_is_cut_to_what_its_network_takes(brief: Brief, thread: Thread, kind: str, network: str) -> None:
    long = replace(brief, kind=kind, network=network, title="Wörter und 漢字 " * 60)
    long = replace(long, thread=replace(thread, title=long.title, answer=long.title))
    post = Texts().render(ROADS["social"], long).body
    assert check_length(network, post) is None
    if kind != "adoption":
        assert "…" in post
        assert length(network, post) > NETWORKS[network] * 0.8
    short = Texts().render(ROADS["social"], replace(brief, kind=kind, network=network, thread=thread)).body
    assert "…" not in short


def test_a_template_that_is_no_text(tmp_path: Path, brief: Brief) -> None:
    path = tmp_path / "upstream" / "trac" / "bug.j2"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"Subject: \xff\n")
    with pytest.raises(InputError, match=r"trac/bug\.j2: the template is not UTF-8 text"):
        Texts([tmp_path]).render(ROADS["trac"], brief)


@pytest.mark.parametrize("name", ["../../secret.j2", "/etc/passwd", "parts/none.j2"])
def test_an_include_stays_within_the_folders(own, tmp_path: Path, name: str) -> None:
    (tmp_path.parent / "secret.j2").write_text("secret", encoding="utf-8")
    with pytest.raises(NotFoundError, match="there is no template") as caught:
        own(f"Subject: x\n{{% include '{name}' %}}")
    assert name in str(caught.value)


def test_a_kind_without_a_template(brief: Brief) -> None:
    with pytest.raises(NotFoundError, match=r"there is no template 'upstream/trac/joke\.j2' in "):
        Texts().render(ROADS["trac"], replace(brief, kind="joke"))


def test_windows_line_ends_and_a_multi_line_title_are_harmless(own, brief: Brief) -> None:
    about = replace(brief, title="a\r\nBcc: all@client.example")
    assert own("Subject: {{ title }}\r\nx\r\ny\r\n", ROADS["email"], about) == (
        "a Bcc: all@client.example",
        "x\ny\n",
    )

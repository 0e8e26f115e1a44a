"""The escapers against readers of the markup: CommonMark's own parser, and small models of Trac and bbPress."""

from __future__ import annotations

import html
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it.token import Token
from readers import READER, TRAC_LIVE, bbpress, tags_of

from plugwatch.model.roads.markup import MARKUPS, ZERO_WIDTH_SPACE, Safe, clean, find_blanks, one_line

MARKDOWN, TRAC, FORUM, MAIL = (MARKUPS[name] for name in ("markdown", "trac", "forum", "mail"))
CHAT, SOCIAL = MARKUPS["chat"], MARKUPS["social"]
HOSTILE = "`</code> @everyone #1 ``` '''"
ATOMS = (
    *(
        "`",
        "``",
        "```",
        "'",
        "''",
        "'''",
        '"',
        "*",
        "**",
        "_",
        "__",
        "~~",
        "^",
        ",,",
        "//",
        "\\",
        "\\\\",
        "/",
        "|",
        "||",
    ),
    *("#", "#1", "# ", "GH-1", "a/b#1", "fixes #1", "@", "@everyone", "@team/x", "a@b.example", "[", "]", "[[", "]]"),
    *(
        "[1]",
        "[x](http://e.example)",
        "![i](x)",
        "[x]: y",
        "[[BR]]",
        "{1}",
        "{",
        "}",
        "{{{",
        "}}}",
        "r1",
        "r1:2",
        "(1)",
    ),
    *(
        "http://e.example/a",
        "https://github.com/o/r/issues/7",
        "www.e.example",
        "ftp.e.example",
        "javascript:x",
        "wiki:Foo",
    ),
    *(
        "ticket:",
        "<",
        ">",
        "<b>",
        "</b>",
        "<!-- ",
        "<script>",
        "&",
        "&lt;",
        "&#64;x",
        "&amp;",
        "&lt;em&gt;",
        "$a$",
        "$",
    ),
    *(
        "WordPress",
        "Foo/BarBaz",
        "FooBar@3",
        "foo_bar",
        "Foo::bar()",
        "- ",
        "+ ",
        "* ",
        "1. ",
        "1) ",
        "= ",
        "== h ==",
        "---",
    ),
    *(
        "===",
        "> ",
        "    ",
        "\t",
        "\n",
        "\n\n",
        "\r\n",
        "\u2028",
        "\x00",
        "\x1b[31m",
        "\u202e",
        "\u200b",
        "é",
        "שלום",
        "!",
        "!!",
    ),
    *(" ", "a", "word", ":", ".", "?", "#!html", "|-", "-", "\ud800", "(( fill in: x ))", "~~~", "1", "\x0c", "\x85"),
)
texts = st.one_of(st.lists(st.sampled_from(ATOMS), max_size=8).map("".join), st.text(max_size=40), st.just(HOSTILE * 3))
many = settings(max_examples=250, deadline=None)


def visible(text: str) -> str:
    return text.replace(ZERO_WIDTH_SPACE, "")


# --- every markup --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("markup", MARKUPS.values(), ids=list(MARKUPS))
@given(text=texts)
@many
def test_a_value_stays_on_its_line_and_can_be_encoded(markup, text: str) -> None:
    for made in (markup.inline(text), markup.code(text), markup.title(text), markup.link(text)):
        assert len(made.splitlines()) <= 1
        assert made.encode().decode() == made
        assert not re.search("[\x00-\x1f\x7f\u202a-\u202e\u2066-\u2069]", made)
    assert "\n\n\n" not in markup.paragraphs(text)


@pytest.mark.parametrize("markup", MARKUPS.values(), ids=list(MARKUPS))
def test_ten_thousand_characters_are_nothing_special(markup) -> None:
    long = (HOSTILE + " FooBar r1:2r1:2 ((((" + "{" * 50) * 120
    assert len(long) > 10_000
    assert markup.inline(long)
    assert markup.block(long)
    assert markup.code(long)


@pytest.mark.parametrize("markup", MARKUPS.values(), ids=list(MARKUPS))
def test_a_blank_is_found_again_and_says_what_is_missing(markup) -> None:
    text = f"x {markup.blank('steps to reproduce')} y\n{markup.blank('PHP version')} {markup.blank('PHP version')}"
    assert find_blanks(text) == ("steps to reproduce", "PHP version")
    assert find_blanks("a (( fill in:\n  the vendor's\n  address )) b") == ("the vendor's address",)
    assert find_blanks("no (blank) here") == ()


def test_text_that_was_made_safe_does_not_stay_so_when_joined() -> None:
    safe = Safe("**b**")
    assert isinstance(safe, Safe)
    assert not isinstance(safe + " x", Safe)
    assert not isinstance(safe.upper(), Safe)
    assert not isinstance(" ".join([safe, safe]), Safe)


def test_lines_and_controls() -> None:
    assert clean("a\r\nb\u2028c\x0bd\te\x07\u202ef") == "a\nb\nc\nd\tef"
    assert one_line("  Subject\r\nBcc: all@acme.example\n\n x ") == "Subject Bcc: all@acme.example x"
    assert one_line("שלום \u202eevil") == "שלום evil"


# --- GitHub --------------------------------------------------------------------------------------------------------


def text_of(tokens: list[Token]) -> str:
    """What a reader sees of inline tokens; everything but plain text and our own bold is refused."""
    assert {token.type for token in tokens} <= {"text", "strong_open", "strong_close"}
    return "".join(token.content for token in tokens)


@given(text=texts)
@many
def test_markdown_shows_a_value_as_it_is_wherever_it_stands(text: str) -> None:
    want = visible(one_line(text))
    escaped = MARKDOWN.inline(text)
    assert not re.search(r"://|(?i:\bwww\.)|<|(?<!\\)\[", escaped)
    for source, kinds, shown in (
        (f"before {escaped} after **b**", ["paragraph_open", "inline", "paragraph_close"], f"before {want} after b"),
        (f"a\n\n{escaped}\n", ["paragraph_open", "inline", "paragraph_close"] * (2 if want else 1), want or "a"),
        (f"## x {escaped} y", ["heading_open", "inline", "heading_close"], f"x {want} y"),
    ):
        tokens = READER.parse(source)
        assert [token.type for token in tokens] == kinds
        seen = text_of([token for token in tokens if token.type == "inline"][-1].children or [])
        assert visible(seen).split() == shown.split()
        assert not re.search(r"@\w|#\d|\bGH-\d", seen, re.IGNORECASE)
    item = READER.parse(f"1. {escaped}\n2. last")
    assert [token.type for token in item].count("list_item_open") == 2


@given(text=texts)
@many
def test_markdown_code_cannot_be_closed_from_inside(text: str) -> None:
    if content := one_line(text):
        children = READER.parse(f"x {MARKDOWN.code(text)} y **b**")[1].children or []
        assert [token.type for token in children][:3] == ["text", "code_inline", "text"]
        assert children[1].content == content
        assert "strong_open" in [token.type for token in children]
    tokens = READER.parse(f"x\n\n{MARKDOWN.block(text, 'diff')}\nafter")
    assert [token.type for token in tokens][3:] == ["fence", "paragraph_open", "inline", "paragraph_close"]
    assert tokens[3].content == clean(text) + "\n"


@given(text=texts)
@many
def test_markdown_paragraphs_are_paragraphs(text: str) -> None:
    tokens = READER.parse(MARKDOWN.paragraphs(text))
    assert {token.type for token in tokens} <= {"paragraph_open", "inline", "paragraph_close"}


@pytest.mark.parametrize(
    ("text", "made"),
    [
        (HOSTILE, "&#96;&lt;/code&gt; @&#8203;everyone #&#8203;1 &#96;&#96;&#96; '''"),
        ("fixes #12, closes GH-3", "fixes #&#8203;12, closes GH-&#8203;3"),
        ("tidyworks/tidy-forms#1", "tidyworks/tidy-forms#&#8203;1"),
        ("see https://github.com/o/r/issues/1", "see https&#58;//github.com/o/r/issues/&#8203;1"),
        ("www.evil.example", "www&#46;evil.example"),
        ("wp_verify_nonce() and __construct", "wp_verify_nonce() and \\_\\_construct"),
        ("# no heading", "\\# no heading"),
        ("- no item", "\\- no item"),
        ("1. no item", "1\\. no item"),
        ("5.9.4", "5.9.4"),
        ("two\nlines", "two lines"),
        ("&#64;everyone", "&amp;#&#8203;64;everyone"),
        ("C# and a $price", "C# and a &#36;price"),
    ],
)
def test_markdown_by_example(text: str, made: str) -> None:
    assert MARKDOWN.inline(text) == made


def test_a_title_on_github_refers_to_nothing() -> None:
    assert MARKDOWN.title("Fix\n#1 for @all <b>") == "Fix #\u200b1 for @\u200ball <b>"


# --- Trac ----------------------------------------------------------------------------------------------------------


@given(text=texts)
@settings(many, derandomize=True)  # the model knows less than Trac of where a match ends; real Trac agrees on more
def test_trac_finds_nothing_to_act_on_in_a_value(text: str) -> None:
    made = TRAC.inline(text)
    for found in TRAC_LIVE.finditer(made):
        assert found[0].startswith("!") or re.fullmatch(r"\{\{\{`+\}\}\}|`[{}]+`", found[0]), made
    assert not re.match(r"\s|[=*>|•-]|(?:\d+|[a-zA-Z])\.\s", made)
    assert not re.search(r"@\w", made)
    assert not made.endswith(("!", "'"))


@given(text=texts, language=st.sampled_from(["", "diff", "php"]))
@many
def test_a_trac_block_ends_where_it_should(text: str, language: str) -> None:
    lines = TRAC.block(text, language).split("\n")
    assert lines[:2] == ["{{{", f"#!{language or 'text'}"]
    assert lines[-2:] == ["}}}", ""]
    for line in lines[2:-2]:
        assert line.strip() != "}}}"
        assert not re.match(r"\s*\{\{\{", line)
    assert visible("\n".join(lines[2:-2])) == visible(clean(text))


@given(text=texts)
@many
def test_trac_code_within_a_line_ends_where_it_should(text: str) -> None:
    made = TRAC.code(text)
    if made.startswith("`"):
        assert made.count("`") == 2
    elif made:
        assert made.index("}}}") == len(made) - 3
        assert visible(made)[3:-3] == visible(one_line(text))


@pytest.mark.parametrize(
    ("text", "made"),
    [
        (HOSTILE, "{{{`}}}</code> @\u200beveryone !#1 {{{```}}} !'''"),
        ("WordPress #1 [1] r1 {1} [[BR]]", "!WordPress !#1 ![1] !r1 !{1} ![[BR]]"),
        ("see ticket:12 and http://e.example/", "see !ticket:12 and !http://e.example/"),
        ("[acme_form id=3] stays", "[acme_form id=3] stays"),
        ("Foo::bar() stays", "Foo::bar() stays"),
        ("{{{ and }}}", "`{{{` and `}}}`"),
        ("= no heading = x", "\u200b= no heading = x"),
        ("Wow!", "Wow!\u200b"),
        ("two\nlines", "two lines"),
    ],
)
def test_trac_by_example(text: str, made: str) -> None:
    assert TRAC.inline(text) == made + ("\u200b" if made.endswith("'") else "")


def test_trac_code_by_example() -> None:
    assert TRAC.code("patch -p0 < x.diff") == "`patch -p0 < x.diff`"
    assert TRAC.code("a ` b") == "{{{a ` b}}}"
    assert TRAC.code("`}}}}") == "{{{`}\u200b}\u200b}}\u200b}}}"


# --- the forum -----------------------------------------------------------------------------------------------------


@given(text=texts)
@many
def test_the_forum_shows_a_value_as_it_is(text: str) -> None:
    escaped = FORUM.inline(text)
    post = bbpress(f"before {escaped} after <strong>b</strong> `c`")
    assert tags_of(post) == ["<strong>", "</strong>", "<code>", "</code>"]
    shown = html.unescape(re.sub(r"<[^>]*>", "", post))
    assert visible(shown).split() == f"before {visible(one_line(text))} after b c".split()
    assert not re.search(r"@\w|://|(?i:\b(?:www|ftp)\.)|\[", escaped)


@given(text=texts)
@many
def test_forum_code_cannot_be_closed_from_inside(text: str) -> None:
    if one_line(text):
        assert tags_of(bbpress(f"x {FORUM.code(text)} <em>y</em>")) == ["<code>", "</code>", "<em>", "</em>"]
    made = FORUM.block(text)
    if "\n" in made.strip("\n"):
        post = bbpress(f"x\n\n{made}\n<em>y</em>")
        assert tags_of(post) == ["<pre>", "<code>", "</code>", "</pre>", "<em>", "</em>"]


@pytest.mark.parametrize(
    ("text", "made"),
    [
        (HOSTILE, "&#96;&#60;&#8203;/code&#62; @&#8203;everyone #1 &#96;&#96;&#96; '''"),
        ("&lt;em&gt;", "&#38;&#8203;lt;em&#38;&#8203;gt;"),
        ("Forms & Fields", "Forms &#38; Fields"),
        ("https://e.example/", "https&#58;//e.example/"),
        ("[gallery]", "&#91;gallery&#93;"),
    ],
)
def test_the_forum_by_example(text: str, made: str) -> None:
    assert FORUM.inline(text) == made


# --- mail ----------------------------------------------------------------------------------------------------------


@given(text=st.text(max_size=600))
@many
def test_mail_lines_are_short_and_lose_no_word(text: str) -> None:
    body = MAIL.finish(MAIL.paragraphs(text))
    assert body.split() == clean(text).split()
    for line in body.split("\n"):
        assert len(line) <= 72 or " " not in line.strip()


def test_mail_hangs_items_and_leaves_code_alone() -> None:
    words = "word " * 20
    body = MAIL.finish(f"\n\n1. {words}\n- {words}\n{MAIL.block('x ' * 60)}end")
    first, second, *rest = body.split("\n")
    assert first.startswith("1. word")
    assert second.startswith("   word")
    assert any(line.startswith("  word") for line in rest)
    assert "    " + ("x " * 60).rstrip() in rest
    assert body.endswith("end\n")


# --- chats and networks --------------------------------------------------------------------------------------------

# What Slack, Mattermost, Discord, Matrix, Teams and Telegram act on, and X, Mastodon and Bluesky.
CHAT_LIVE = re.compile(
    r"<[!@#a-z]|@\w|[#~]\w|&\w|://|\]\(|`|(?<=\w)\.(?!(?:php|js|css|json|txt|html?|xml)\b)[a-z]{2}", re.IGNORECASE
)


@pytest.mark.parametrize("markup", [CHAT, SOCIAL], ids=["chat", "social"])
@given(text=texts)
@many
def test_no_program_acts_on_words_in_a_room(markup, text: str) -> None:
    for made in (markup.inline(text), markup.code(text), markup.title(text)):
        assert not CHAT_LIVE.search(made)
        assert not re.match(r"[/!>#=+]\S", made.replace(ZERO_WIDTH_SPACE, " "))
        assert visible(made) == visible(one_line(text)).replace("`", "'")
    for line in (*markup.paragraphs(text).split("\n"), *markup.block(text).split("\n")):
        assert not CHAT_LIVE.search(line)
    if markup is SOCIAL:
        assert not re.search(r"\$\w|[\uff03\uff20]\w", markup.inline(text))


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("`</code> @everyone #1 ``` '''", "'<|/code> @|everyone #|1 ''' '''"),
        ("<!channel> <@U123> <#C1|x>", "<|!channel> <|@|U123> <|#|C1|x>"),
        ("fixes #1 in https://e.example/x", "fixes #|1 in https:|//e|.example/x"),
        ("[x](evil.com) and includes/rest.php", "[x]|(evil|.com) and includes/rest.php"),
        ("/kick them", "/|kick them"),
        ("=HYPERLINK(1)", "=|HYPERLINK(1)"),
        ("a@b 5.9.4 50% & more", "a@|b 5.9.4 50% & more"),
    ],
)
def test_rooms_by_example(text: str, made: str) -> None:
    bar = ZERO_WIDTH_SPACE
    want = made.replace("|", bar).replace(f"C1{bar}x", "C1|x")
    assert CHAT.inline(text) == SOCIAL.inline(text) == want
    assert CHAT.block("  a\n\tb @x") == f"      a\n        b @{bar}x\n"
    assert SOCIAL.inline("$TSLA costs $5") == f"${bar}TSLA costs ${bar}5"
    assert SOCIAL.paragraphs("two\n\nlines") == "two lines"


@pytest.mark.parametrize("markup", MARKUPS.values(), ids=list(MARKUPS))
def test_items_of_a_list_are_lines_of_their_own(markup) -> None:
    made = markup.items(["a", "b"])
    assert made.endswith("\n")
    assert [line.strip(" -*</>li") for line in made.splitlines() if "u" not in line] == ["a", "b"]


# --- links ---------------------------------------------------------------------------------------------------------


@given(text=texts, path=st.text(max_size=20).map(lambda path: "".join(one_line(path).split())))
@many
def test_links_lead_only_to_web_addresses(text: str, path: str) -> None:
    assert FORUM.link(f"javascript:{text}").find("<a") == -1
    for markup in MARKUPS.values():
        made = markup.link(f"https://vendor.example/{path}")
        assert "vendor.example/" in made
        assert not re.search(r"\s|['`\\|\[\]]", made.replace("<a href", "<a_href"))


def test_links_by_example() -> None:
    url = "https://github.com/tidyworks/tidy-forms/issues/1388"
    assert MARKDOWN.link(url) == url
    assert MARKDOWN.link("https://e.example/_x_?a=b&c=d") == "<https://e.example/_x_?a=b&c=d>"
    assert TRAC.link("https://e.example/a'b") == "https://e.example/a%27b"
    assert FORUM.link('https://e.example/?a=1&b="') == (
        '<a href="https://e.example/?a=1&amp;b=%22">https://e.example/?a=1&amp;b=%22</a>'
    )
    assert MAIL.link(url) == url
    assert MARKDOWN.link("ftp://e.example") == "ftp&#58;//e.example"

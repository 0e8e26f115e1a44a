from __future__ import annotations

import pytest

from plugwatch.model.roads.heard import own_words, read_html


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("plain", "plain"),
        ("<p>One\n two</p><p>Three</p>", "One two\n\nThree"),
        ("a<br>b<br/>c", "a\nb\nc"),
        ("<ul><li>one<li>two</ul>", "one\ntwo"),
        ("<pre>a\n  b</pre>", "a\n  b"),
        ("1 &lt; 2 &amp;amp; &#128077;&nbsp;x", "1 < 2 &amp; 👍 x"),
        ("<style>p{}</style><script>alert(1)</script><svg><text>x</text></svg>y", "y"),
        ("<blockquote>old<p>older</p></blockquote>new", "> old\n\n> older\nnew"),
        ("<![if !mso]>a<![endif]>b<![x", "a b"),
        ("<<![x>![y", "< ![y"),
        ("<!--[if gte mso 9]><xml>x</xml><![endif]-->a<!-- b > c", "a"),
        ("1 < 2, <b>a <- b</b> <", "1 < 2, a <- b <"),
        ("</p></script></blockquote></pre>x", "x"),
        ("", ""),
    ],
)
def test_html_becomes_text(html: str, text: str) -> None:
    assert read_html(html) == text


@pytest.mark.parametrize("piece", ["<", "<a ", "<!", "<!--", "</", "<p a='", "<![ ", "&", "<a b=c>"])
def test_no_html_takes_long_to_read(piece: str) -> None:
    assert isinstance(read_html(piece * 20_000), str)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Fixed.\n\n> old\n>> older\n", "Fixed."),
        ("Fixed.\n\nOn Fri, 20 Nov 2026, Jo wrote:\n> old\n\nBye", "Fixed.\n\nBye"),
        ("Fixed.\n\nAm 20.11.2026 um 09:41 schrieb Jo\n<jo@agency.example>:\n\n> old", "Fixed."),
        ("Fixed.\nOn Fri, 20 Nov 2026 at 09:41, Jo\n<jo@agency.example> wrote:\n> old", "Fixed."),
        ("Please try:\n1. this", "Please try:\n1. this"),
        ("Fixed.\n-- \nJo Maker\nCEO", "Fixed."),
        ("Fixed.\n-----Original Message-----\nFrom: us", "Fixed."),
        ("Fixed.\r\n\r\n________________________________\r\nFrom: us", "Fixed."),
        ("a\n\n\n\nb", "a\n\nb"),
        ("\x1b[31mred\u202e", "[31mred"),
        ("> only\n> this", ""),
        ("", ""),
    ],
)
def test_only_the_writers_own_words_are_kept(text: str, words: str) -> None:
    assert own_words(text) == words


def test_what_is_long_is_cut_and_says_so() -> None:
    assert own_words("x" * 3000) == "x" * 2000 + " …"
    assert own_words("\n".join("abcdefghij" * 5)).count("\n") == 39
    assert own_words("x\n" * 40).endswith("x")

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from plugwatch.model.readme import Readme

TIDY = """\ufeff=== Tidy Forms ===
Contributors: tidyworks, @dana , , two words
Donate link: https://tidy.example/donate
Tags: forms, contact
tested up to: 7.0
Requires at least: 6.5
Requires PHP: 8.1
Stable tag: 1.2.4
License: GPLv2 or later
License URI: https://www.gnu.org/licenses/gpl-2.0.html

Forms, tidied: see https://tidy.example.

== Description ==

Stable tag: 9.9
Code on [GitHub](https://github.com/tidy-works/tidy-forms).
"""


def test_the_headers_and_addresses_of_a_readme():
    readme = Readme.from_text(TIDY)
    assert (readme.name, readme.contributors) == ("Tidy Forms", ("tidyworks", "dana", "two words"))
    assert (readme.donate_url, readme.stable_tag) == ("https://tidy.example/donate", "1.2.4")
    assert (readme.tested, readme.requires, readme.requires_php) == ("7.0", "6.5", "8.1")
    assert readme.license == "GPLv2 or later"
    assert readme.links[-2:] == ("https://tidy.example", "https://github.com/tidy-works/tidy-forms")


def test_short_names_of_headers_count_and_the_first_of_each_wins():
    readme = Readme.from_text("=== X ===\nTested: 6.9\nRequires: 6.0\nTested up to: 1.0\n")
    assert (readme.tested, readme.requires) == ("6.9", "6.0")


def test_a_markdown_readme_is_read_alike():
    readme = Readme.from_text(
        "# Tidy Forms #\n\n**Contributors:** tidyworks  \n**Stable tag:** 1.0  \n\n## Description\n"
    )
    assert (readme.name, readme.contributors, readme.stable_tag) == ("Tidy Forms", ("tidyworks",), "1.0")


def test_what_is_no_readme_says_nothing():
    assert Readme.from_text("") == Readme()
    assert Readme.from_text("\n\n") == Readme()
    assert Readme.from_text("Forms.\nStable tag: 1.0\n") == Readme()


@given(st.text(max_size=500))
def test_no_text_is_refused_and_nothing_said_has_two_lines(text):
    readme = Readme.from_text(text)
    said = (readme.name, readme.stable_tag, readme.tested, readme.license, *readme.contributors, *readme.links)
    assert all(len(one.splitlines()) <= 1 for one in said)


def test_hostile_lines_are_read_at_once():
    blanks = " " * 100_000
    assert Readme.from_text(f"== {blanks}x").name == "x"
    assert Readme.from_text(f"=== X ===\n{'*' * 100_000}\n{'a ' * 50_000}:").stable_tag == ""
    assert Readme.from_text(f"=== X ===\nStable tag:{blanks}1").stable_tag == ""

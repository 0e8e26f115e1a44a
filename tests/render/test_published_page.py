"""The page of the published folder: whole, quiet, and not to be broken by what a plugin calls itself."""

from __future__ import annotations

from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from plugwatch.errors import InputError
from plugwatch.model.component import Component
from plugwatch.model.publishing.offers import Held, PatchTold
from plugwatch.model.publishing.page import Page
from plugwatch.model.publishing.published import Archive, Current, Needs, Published
from plugwatch.render.published_page import render_page

BASE = "https://updates.agency.example/wp"
HOSTILE = "</h3><script>alert(1)</script>\" onload='x' {{ 7*7 }} {% raw %} \u202e ]]> &lt;"


class Reader(HTMLParser):
    """What a browser would see: the tags, the attributes that lead somewhere, and the text."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.ids: list[str] = []
        self.handlers: list[str] = []
        self.text = ""
        self.feed(page.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        for name, value in attrs:
            self.links += [value or ""] if name in ("href", "src", "action", "data", "srcset", "poster") else []
            self.ids += [value or ""] if name == "id" else []
            self.handlers += [name] if name.startswith("on") else []

    def handle_data(self, data: str) -> None:
        self.text += data


def record(*names: str, title: str | None = "Wait longer") -> Published:
    """A folder with a build of each, which was built before as well."""
    found = Published()
    for number, name in enumerate(names):
        component = Component("plugin", f"part-{number}")
        needs = Needs(name)
        for build in ("1.0.0.0-p1", "1.0.0.0-p2"):
            patches = (PatchTold("pw-aaaaaaaaaa", title, "0.9"), PatchTold("pw-bbbbbbbbbb", None, "1.0.0"))
            archive = Archive(component, build, "1.0.0", False, build, "a" * 64, "b" * 40, 5_100_000, needs, patches)
            found = found.with_archive(archive)
        now = Current("build", "1.0.0.0-p2", "1.0.0", archive.path, needs, "1.1.0")
        found = found.with_current(component, now)
    return found


def page_of(found: Published, held: dict[Component, Held] | None = None, agency: str = "Fernhill Web") -> bytes:
    names = dict.fromkeys(held or {}, "Held one")
    return render_page(Page.of(found, held or {}, names, agency, BASE))


def test_a_person_reads_what_is_offered_and_how_to_have_it() -> None:
    held = {Component("theme", "shelf"): ((("=", "2.0"),), ((">=", "2.3"), ("<", "2.4")))}
    text = Reader(page_of(record("Tidy Forms"), held)).text
    for told in (
        "patched build 1.0.0.0-p2",
        "release 1.0.0 of its vendor, who has 1.1.0 by now",
        "Wait longer (pw-aaaaaaaaaa, since 0.9)",
        "1 more, not described here",
        f"wp plugin install {BASE}/builds/plugin/part-0/part-0.1.0.0.0-p2.zip --force",
        "5.1 MB",
        "a" * 64,
        "Earlier: 1",
        "2.3 and later, before 2.4",
        '"only": [\n            "wpackagist-plugin/part-0"\n        ]',
        '"wpackagist-plugin/part-0": "1.0.0.0-p2"',
        "location /wp/ {",
        "AuthType Basic",
        "define( 'PLUGWATCH_UPDATES_AUTH', 'sites:THE-PASSWORD' );",
        '{"http-basic": {"updates.agency.example": {"username": "sites"',
        "verify-checksums",
    ):
        assert told in text, told


def test_what_was_offered_earlier_is_told_from_the_newest_on() -> None:
    found = record("Tidy")
    first = next(iter(found.archives.values()))
    for version, release in (("1.10.0.0-p1", "1.10.0"), ("1.9.0.0-p10", "1.9.0"), ("1.9.0.0-p9", "1.9.0")):
        found = found.with_archive(replace(first, version=version, release=release))
    found = found.with_archive(replace(first, version="1.9.0", release="1.9.0", stock=True))
    (row,) = Page.of(found, {}, {}, "Fernhill Web", BASE).rows
    assert [one.version for one in row.older] == ["1.10.0.0-p1", "1.9.0.0-p10", "1.9.0.0-p9", "1.9.0", "1.0.0.0-p1"]


def test_stepping_aside_sends_people_back_to_the_vendor() -> None:
    component, needs = Component("plugin", "part-0"), Needs("Tidy Forms")
    sold = record("Tidy Forms").with_current(component, Current("stock", "1.1.0", "1.1.0", None, needs, "1.1.0"))
    text = Reader(page_of(sold)).text
    assert "back to its vendor: 1.1.0" in text
    assert "by the vendor’s own update" in text
    assert "wp plugin install https" not in text
    assert "Earlier: 2" in text


def test_the_page_asks_nobody_for_anything() -> None:
    page = page_of(record("Tidy Forms", "Other"))
    seen = Reader(page)
    assert not {"script", "link", "img", "iframe", "object", "embed", "form"} & set(seen.tags)
    assert all(link.startswith(("#", f"{BASE}/")) for link in seen.links)
    assert {link[1:] for link in seen.links if link.startswith("#")} <= set(seen.ids)
    assert b"url(" not in page
    assert b"@import" not in page
    assert b"default-src 'none'" in page


def test_what_a_plugin_calls_itself_breaks_nothing() -> None:
    plain = Reader(page_of(record("Tidy Forms")))
    held = {Component("plugin", "x"): ((("=", "1"),),)}
    hostile = Reader(page_of(record(HOSTILE, title=HOSTILE), agency=HOSTILE))
    assert hostile.tags == plain.tags
    assert hostile.handlers == []
    assert hostile.links == plain.links
    assert hostile.text.count(HOSTILE) >= 4
    assert Reader(render_page(Page.of(Published(), held, dict.fromkeys(held, HOSTILE), "A", BASE))).handlers == []


def test_an_address_with_signs_of_the_shell_is_quoted() -> None:
    page = render_page(Page.of(record("Tidy"), {}, {}, "A", "https://u.example/a;b&c"))
    assert "wp plugin install 'https://u.example/a;b&c/builds" in Reader(page).text


def test_the_page_is_as_long_as_there_are_components() -> None:
    page = page_of(record(*(f"Part {number}" for number in range(1200))))
    assert len(page) > 1_000_000
    assert len([one for one in Reader(page).ids if one.startswith("plugin-part-")]) == 1200


def test_an_empty_folder_has_a_page() -> None:
    assert "Nothing is offered here at present." in Reader(page_of(Published())).text


def test_a_workspace_may_have_its_own_page(tmp_path: Path) -> None:
    own = tmp_path / "site" / "index.html.j2"
    own.parent.mkdir()
    own.write_text("<p>{{ page.agency }}: {{ page.rows | length }}</p>")
    page = Page.of(record("Tidy"), {}, {}, "A & B", BASE)
    assert render_page(page, [tmp_path]) == b"<p>A &amp; B: 1</p>"
    own.write_text("<p>\n{{ page.nonsense }}</p>")
    with pytest.raises(InputError, match=r"index\.html\.j2, line 2"):
        render_page(page, [tmp_path])

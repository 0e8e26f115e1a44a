"""Every page of every report in a real browser: nothing complains, nothing is asked for, everybody can read it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

import pytest
from example_year import at_the_end_of_the_year, copy_year
from hostile_year import attack_year
from peers.browser import Browser, take_picture
from services import require_module

from plugwatch.cli.main import run

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.services

KINDS = ("full", "empty", "hostile")
PHONE, WIDE = 360, 1200
# A page of each kind; the rest differs in its facts alone, and is opened once for errors.
LOOKED_AT = (
    *("index.html", "incidents.html", "incidents/INC-10.html", "components.html", "components/plugin-tidy-forms.html"),
    *("vendors.html", "forks.html", "forks/plugin-tidy-forms.html", "sites.html", "holds.html"),
)
# What leaves as one file: the workspace, the command, and the end of what stdout says. A blocked page is a draft.
SINGLE = {
    "a-month": ("full", "client", "brightside-bikes", "--month", "2026-11"),
    "a-month-in-german": ("full", "client", "lindenhof", "--month", "2026-09"),
    "a-quiet-month-in-german": ("full", "client", "lindenhof", "--month", "2026-10"),
    "a-month-of-attacks": ("hostile", "client", "brightside-bikes", "--month", "2026-11"),
    "a-german-month-of-attacks": ("hostile", "client", "lindenhof", "--month", "2026-09"),
    "a-story": ("full", "incident", "10"),
    "a-story-of-attacks": ("hostile", "incident", "10"),
}
_SERIOUS = ("serious", "critical")


@pytest.fixture(scope="module")
def workspaces(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A year of work, a workspace of this morning, and one that is full of attacks."""
    top = tmp_path_factory.mktemp("agencies")
    copy_year(tmp_path_factory, top / "full")
    assert run(["init", str(top / "empty")]) == 0
    copy_year(tmp_path_factory, top / "hostile")
    attack_year(top / "hostile")
    return {kind: top / kind for kind in KINDS}


@pytest.fixture(scope="module")
def boards(workspaces: dict[str, Path]) -> Iterator[dict[str, Path]]:
    """The board of each."""
    with at_the_end_of_the_year():
        for folder in workspaces.values():
            assert run(["--workspace", str(folder), "report", "agency", "--out", str(folder / "board")]) == 0
        yield {kind: folder / "board" for kind, folder in workspaces.items()}


@pytest.fixture(scope="module")
def letters(workspaces: dict[str, Path]) -> dict[str, Path]:
    """Each page that leaves as one file."""
    with at_the_end_of_the_year():
        for name, (kind, what, *options) in SINGLE.items():
            place = ["--workspace", str(workspaces[kind])]
            out = workspaces[kind] / "letters" / f"{name}.html"
            assert run([*place, "report", what, *options, "--format", "html", "--out", str(out)]) in (0, 3)
    found = {kind: workspaces[kind] / "letters" for kind in ("full", "hostile")}
    return {name: next(found[kind].glob(f"{name}.*html")) for name, (kind, *_) in SINGLE.items()}


def pages(board: Path) -> list[Path]:
    return sorted(board.rglob("*.html"))


def check_quiet(browser: Browser, folder: Path) -> None:
    """Nothing was asked for but files of the report, and nothing complained."""
    for address in browser.asked:
        parts = urlsplit(address)
        assert parts.scheme == "data" or Path(unquote(parts.path)).is_relative_to(folder), address
    assert browser.complaints == []
    assert browser.refused == []


def serious_findings(page: Page) -> list[str]:
    """What axe-core finds that keeps people from reading: the rule, and where."""
    axe = require_module("axe_playwright_python.sync_playwright", "pip install axe-playwright-python").Axe()
    found = axe.run(page, options={"preload": False}).response["violations"]  # the policy lets nobody fetch stylesheets
    return [
        f"{one['id']}: {node['html'][:160]}" for one in found if one["impact"] in _SERIOUS for node in one["nodes"][:3]
    ]


def test_no_page_of_a_hostile_board_complains_or_asks_for_anything(boards: dict[str, Path], browser: Browser):
    """Also those pages that differ from the ones below in their words alone."""
    for path in pages(boards["hostile"]):
        page = browser.open(path.as_uri())
        assert page.evaluate("window.hit") is None
        assert page.title()
        browser.close()
    check_quiet(browser, boards["hostile"])


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", LOOKED_AT)
def test_a_page_is_readable_by_everybody_in_every_light(
    name: str, kind: str, boards: dict[str, Path], browser: Browser
):
    path = boards[kind] / name
    if not path.exists():
        assert kind == "empty"
        return
    for dark, width in ((False, PHONE), (True, WIDE)) if kind == "full" else ((False, PHONE),):
        page = browser.open(path.as_uri(), dark=dark, width=width)
        take_picture(page, f"board-{kind}-{name.replace('/', '-')}-{'dark' if dark else 'light'}-{width}")
        assert serious_findings(page) == []
        overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert overflow <= 0, f"{name} is {overflow} pixels wider than a screen of {width}"
        browser.close()
    check_quiet(browser, boards[kind])


def rows_shown(page: Page) -> list[str]:
    """The incidents of the list, as somebody sees them."""
    return [row.inner_text() for row in page.locator("table.incidents tbody tr").all() if row.is_visible()]


def names(rows: list[str]) -> list[str]:
    return [row.split("\t")[0].strip() for row in rows]


def test_incidents_are_filtered_by_words_and_choices(boards: dict[str, Path], browser: Browser):
    page = browser.open((boards["full"] / "incidents.html").as_uri())
    everything = names(rows_shown(page))

    page.get_by_label("Words").fill("lindenhof")
    assert names(rows_shown(page)) == ["INC-8"]
    assert page.get_by_role("status").inner_text().startswith("1 ")
    page.get_by_role("button", name="Show all").click()
    page.get_by_label("Component").select_option("plugin/slide-lantern")
    assert names(rows_shown(page)) == ["INC-11", "INC-6", "INC-5", "INC-3"]
    page.get_by_label("Status").select_option("identified")
    assert names(rows_shown(page)) == ["INC-11"]
    address = page.url
    page.get_by_label("Words").fill("nothing is called like this")
    assert rows_shown(page) == []
    page.get_by_role("button", name="Show all").click()
    assert names(rows_shown(page)) == everything

    again = browser.open(address)
    assert names(rows_shown(again)) == ["INC-11"]
    check_quiet(browser, boards["full"])


def test_incidents_are_sorted_by_a_column_with_the_keyboard(boards: dict[str, Path], browser: Browser):
    page = browser.open((boards["full"] / "incidents.html").as_uri())
    head = page.get_by_role("columnheader", name="Hours")

    head.get_by_role("button").press("Enter")

    assert names(rows_shown(page))[:3] == ["INC-1", "INC-7", "INC-10"]  # 150, 120 and 110 minutes
    assert head.get_attribute("aria-sort") == "descending"
    head.get_by_role("button").press("Enter")
    assert names(rows_shown(page))[:2] == ["INC-11", "INC-9"]  # 20 and 30
    assert head.get_attribute("aria-sort") == "ascending"


def test_words_of_an_attack_are_found_as_they_were_said(boards: dict[str, Path], browser: Browser):
    page = browser.open((boards["hostile"] / "incidents.html").as_uri())

    page.get_by_label("Words").fill("<script>window.hit")

    found = rows_shown(page)
    assert found
    assert all("<script>window.hit" in row for row in found)
    assert page.evaluate("window.hit") is None
    check_quiet(browser, boards["hostile"])


def test_without_scripts_the_list_is_whole_and_shows_no_dead_controls(boards: dict[str, Path], browser: Browser):
    page = browser.open((boards["full"] / "incidents.html").as_uri(), scripts=False)

    assert len(rows_shown(page)) == 11
    assert page.locator("input, select, button").count() == 0


def test_a_number_in_a_table_behind_a_picture_can_be_reached_without_a_mouse(boards: dict[str, Path], browser: Browser):
    page = browser.open((boards["full"] / "index.html").as_uri())
    figure = page.locator("figure.chart", has_text="Hours worked, by component")

    figure.locator("summary").press("Enter")

    assert "plugin/cart-pebble" in figure.get_by_role("table").inner_text()


def test_the_board_prints_in_dark_ink_on_white_paper(boards: dict[str, Path], browser: Browser, tmp_path: Path):
    page = browser.open((boards["full"] / "index.html").as_uri(), dark=True)

    page.emulate_media(media="print", color_scheme="dark")
    paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
    ink = page.evaluate("getComputedStyle(document.querySelector('h1')).color")
    document = page.pdf(format="A4")

    assert sum(map(int, re.findall(r"\d+", ink)[:3])) < 200
    assert re.findall(r"\d+", paper)[:3] in (["255", "255", "255"], ["0", "0", "0"])  # white, or no colour at all
    assert document.startswith(b"%PDF")


@pytest.mark.parametrize("name", SINGLE)
def test_a_page_that_leaves_is_readable_in_every_light_and_on_paper(
    name: str, letters: dict[str, Path], browser: Browser
):
    path = letters[name]
    page = browser.open(path.as_uri(), width=PHONE)
    for light in ("light", "dark"):
        page.emulate_media(color_scheme=light)
        take_picture(page, f"{name}-{light}-{PHONE}")
        assert serious_findings(page) == []
    overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    paper = page.pdf(format="A4")

    assert overflow <= 0, f"{name} is {overflow} pixels wider than a screen of {PHONE}"
    assert paper.startswith(b"%PDF")
    assert re.search(rb"/Type\s*/Page\b", paper)
    assert page.evaluate("window.hit") is None
    assert page.locator("script, img[src^=http], [style], [onerror], [onload], [onmouseover]").count() == 0
    check_quiet(browser, path.parent)


@pytest.mark.parametrize("name", LOOKED_AT)
def test_whatever_scrolls_or_does_something_is_reached_with_the_keyboard(
    name: str, boards: dict[str, Path], browser: Browser
):
    page = browser.open((boards["hostile"] / name).as_uri(), width=PHONE)

    unreachable = page.evaluate(
        """[...document.querySelectorAll("*")].filter(one => one.scrollWidth > one.clientWidth + 1
             && ["auto", "scroll"].includes(getComputedStyle(one).overflowX)
             && one.checkVisibility() && one.tabIndex < 0).map(one => one.outerHTML.slice(0, 120))"""
    )
    assert unreachable == []
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    box = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert box != "none"

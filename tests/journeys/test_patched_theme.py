"""A patched theme below a client's child theme on a real WordPress, until the vendor's release has the fix."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from client_sites import add_site, evidence, internet, open_agency, sites_to_move
from peers.browser import Browser, take_picture
from peers.live_wordpress import OLDER, LiveWordPress, make_site
from peers.live_wp import LiveWp
from peers.web_space import WebSpace
from peers.wordpress_org import WordPressOrgServer
from peers.zips import plugin_zip
from upstreaming import Agency
from workbench import write_files

pytestmark = pytest.mark.services

BROKEN, MENDED = b"echo 'Price: ' . $price;", b"echo 'Price: ' . esc_html( number_format_i18n( $price, 2 ) );"
CHILD = {"meadow-child/style.css": "/*\nTheme Name: Meadow for Brightside\nTemplate: meadow\nVersion: 1.0\n*/\n"}


def meadow(version: str, price: bytes = BROKEN, credit: str = "Meadow") -> dict[str, bytes]:
    """A release of the theme; each says something else in its credit line."""
    functions = b"".join(
        (
            b"<?php\n\n// Shown below every page.\nfunction meadow_price() {\n\t$price = 1234.5;\n\n\t",
            price,
            b"\n}\nadd_action( 'wp_footer', 'meadow_price' );\n\n",
            f"function meadow_credit() {{\n\techo '<p>{credit}</p>';\n}}\n".encode(),
            b"add_action( 'wp_footer', 'meadow_credit' );\n",
        )
    )
    return {
        "style.css": f"/*\nTheme Name: Meadow\nVersion: {version}\nRequires PHP: 7.4\n*/\n".encode(),
        "index.php": b"<!DOCTYPE html><html><head><?php wp_head(); ?></head>"
        b"<body><?php wp_footer(); ?></body></html>\n",
        "functions.php": functions,
    }


@pytest.fixture
def directory() -> Iterator[WordPressOrgServer]:
    with WordPressOrgServer(themes_together=True) as server:
        ship(server, "2.0.1", meadow("2.0.1"))
        yield server


def ship(directory: WordPressOrgServer, version: str, files: dict[str, bytes]) -> None:
    """A release of the theme in the directory."""
    known = list(directory.themes.get("meadow", {}).get("versions", {}))
    directory.add_theme("meadow", versions=[*known, version])
    content = plugin_zip({f"meadow/{path}": data for path, data in files.items()})
    directory.add_download("theme", f"meadow.{version}", content)


@pytest.fixture
def blog() -> Iterator[LiveWordPress]:
    """The client's site: the child theme is active, what is broken is its parent."""
    with ExitStack() as servers:
        site = make_site(OLDER, servers)
        site.add_theme({f"meadow/{path}": content for path, content in meadow("2.0.1").items()})
        site.add_theme(CHILD, activate="meadow-child")
        yield site


@pytest.fixture
def agency(
    blog: LiveWordPress,
    directory: WordPressOrgServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Agency:
    wp = LiveWp(tmp_path / "bin")
    monkeypatch.setenv("PATH", wp.path)
    agency = open_agency(tmp_path / "agency", directory, capsys, monkeypatch)
    add_site(agency, "brightside-blog", blog, wp.source(blog.root))
    return agency


def test_from_the_call_to_the_vendors_release(
    agency: Agency, blog: LiveWordPress, directory: WordPressOrgServer, browser: Browser, tmp_path: Path
) -> None:
    assert "Price: 1234.5" in blog.get("/")[1]
    agency("incident", "open", "brightside-blog", "theme/meadow", "The prices have lost their comma")
    agency("fork", "create", "theme/meadow", "--from", "wporg", "--version", "2.0.1")
    edited = write_files(tmp_path / "edited", meadow("2.0.1", MENDED))
    facts = ("--title", "Write prices as the language does", "--why", "Nobody reads 1234.5 as a price.")
    patch = agency("patch", "capture", "theme/meadow", edited, "--incident", "INC-1", *facts)["patch"]
    agency("patch", "stance", patch, "send", "--why", "Every shop has it.")

    def publish() -> None:
        agency("fork", "build", "theme/meadow", "--out", agency.folder / "builds")
        agency("fork", "publish")

    with WebSpace(agency.folder / "public") as space:
        blog.internet(internet(directory, space.url))
        blog.switch_auto_updates(themes=("meadow",))
        agency("fork", "guard", "--out", blog.content / "mu-plugins" / "plugwatch-updates.php")
        publish()
        blog.update_by_itself()
        assert blog.theme_version("meadow") == "2.0.1.0-p1"
        assert "Price: 1,234.50" in blog.get("/")[1]
        assert blog.php("return get_stylesheet() . ' on ' . get_template();") == "meadow-child on meadow"
        agency("site", "refresh", "brightside-blog")
        assert evidence(agency, "brightside-blog") == ("patched", "verified", {patch: "there"})

        ship(directory, "2.0.2", meadow("2.0.2", credit="Meadow by Larkspur"))
        directory.ignores_update_uri = True
        agency.later(days=1)
        blog.update_by_itself()
        assert blog.theme_version("meadow") == "2.0.1.0-p1"
        assert [row["to"] for row in agency("check")["forecasts"]] == ["2.0.2"]
        agency("fork", "publish")
        blog.check_updates()
        page = browser.open(f"{blog.address}/wp-admin/themes.php", cookies=blog.cookies())
        take_picture(page, "themes-vendors-release-kept-off")
        agency("fork", "upgrade", "theme/meadow", "--to", "2.0.2")
        publish()
        blog.update_by_itself()
        assert blog.theme_version("meadow") == "2.0.2.0-p1"
        assert "Price: 1,234.50" in blog.get("/")[1]

        ship(directory, "2.1.0", meadow("2.1.0", MENDED, credit="Meadow 2.1"))
        directory.ignores_update_uri = False
        agency.later(days=9)
        agency("site", "refresh", "brightside-blog")
        agency("check")
        upgraded = agency("fork", "upgrade", "theme/meadow", "--to", "2.1.0")
        assert [(row["id"], row["verdict"]) for row in upgraded["patches"]] == [(patch, "landed")]
        agency("fork", "publish")
        agency("check")
        assert sites_to_move(agency) == {patch: ["brightside-blog"]}
        blog.update_by_itself()
        assert blog.theme_version("meadow") == "2.1.0"
        assert "Price: 1,234.50" in blog.get("/")[1]
        agency("site", "refresh", "brightside-blog")
        (todo,) = agency("check", code=3)["needs_person"]
        assert "incident tell INC-1" in todo
        assert sites_to_move(agency) == {}

        ship(directory, "2.1.1", meadow("2.1.1", MENDED))
        offered = blog.check_updates()["themes"]["meadow"]
        assert offered["package"].startswith("https://downloads.wordpress.org/")
    assert "plugwatch" not in blog.complaints

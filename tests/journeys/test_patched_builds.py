"""A patched build on a real WordPress, from the call until the vendor's release has the fix and the client is told."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from client_sites import UPDATES, add_site, evidence, internet, open_agency, sites_to_move
from peers.browser import Browser, take_picture
from peers.live_wordpress import LiveWordPress
from peers.live_wp import LiveWp
from peers.web_space import WebSpace
from peers.zips import plugin_zip
from upstreaming import EXAMPLES, Agency, Directory, example

pytestmark = pytest.mark.services

THANKS = "Thank you, your message is on its way."
FORMS = "tidy-forms/tidy-forms.php"
# What a visitor's browser sends from a page that a cache has kept for two days.
OLD_PAGE = {"name": "Ada", "email": "ada@visitor.example", "text": "Hello", "tidy_nonce": "0123456789"}


@pytest.fixture
def directory() -> Iterator[Directory]:
    with Directory() as server:
        yield server


@pytest.fixture
def shop(newer_wordpress: LiveWordPress) -> LiveWordPress:
    """The client's site, with the form on its first page."""
    files = {f"tidy-forms/{path}": content for path, content in example("1.2.4").items()}
    newer_wordpress.add_plugin(files, activate=FORMS)
    newer_wordpress.php(
        "$id = wp_insert_post( array( 'post_type' => 'page', 'post_title' => 'Write to us',"
        " 'post_content' => '[tidy_form]', 'post_status' => 'publish' ) );"
        "update_option( 'show_on_front', 'page' ); update_option( 'page_on_front', $id );"
        "update_option( 'tidy_forms_kept', 'an option that must survive' );"
    )
    return newer_wordpress


@pytest.fixture
def agency(
    shop: LiveWordPress,
    directory: Directory,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Agency:
    wp = LiveWp(tmp_path / "bin")
    monkeypatch.setenv("PATH", wp.path)
    agency = open_agency(tmp_path / "agency", directory, capsys, monkeypatch)
    add_site(agency, "brightside", shop, wp.source(shop.root))
    return agency


def ship(directory: Directory, version: str) -> None:
    """A release of the vendor's, byte for byte as it is among the examples."""
    directory.shipped.append(version)
    directory.add_plugin("tidy-forms", versions=directory.shipped)
    files = {f"tidy-forms/{path}": content for path, content in example(version).items()}
    directory.add_download("plugin", f"tidy-forms.{version}", plugin_zip(files))


def form_says(shop: LiveWordPress) -> str:
    """What a visitor of an old page reads who sends the form."""
    status, page = shop.get("/")
    assert status == 200
    assert "tidy-form" in page
    return str(json.loads(shop.post("/?rest_route=/tidy-forms/v1/messages", OLD_PAGE)[1])["message"])


def look(shop: LiveWordPress, browser: Browser, name: str) -> str:
    """The list of plugins as the site's owner sees it, with what is said below each."""
    page = browser.open(f"{shop.address}/wp-admin/plugins.php", cookies=shop.cookies())
    take_picture(page, f"plugins-{name}")
    shown = page.locator("#the-list").inner_text()
    browser.close()
    return shown


def test_from_the_call_to_the_vendors_release(
    agency: Agency, shop: LiveWordPress, directory: Directory, browser: Browser
) -> None:
    opened = agency("incident", "open", "brightside", "tidy", "The form says that the session has expired")
    assert (opened["component"], opened["version"]) == ("plugin/tidy-forms", "1.2.4")
    assert "expired" in form_says(shop)
    agency("fork", "create", "plugin/tidy-forms", "--from", "wporg", "--version", "1.2.4")
    patch = agency(
        *("patch", "import", "tidy-forms", EXAMPLES / "fix-nonce.patch", "--incident", "INC-1"),
        *("--title", "Accept the form from cached pages", "--why", "A page cache hands out old nonces."),
    )["patch"]
    agency("patch", "stance", patch, "send", "--why", "Everybody with a page cache has it.")
    agency("incident", "hold", "INC-1", "--version", ">=1.2.4", "--reason", "The form cannot be sent.")
    look(shop, browser, "1-broken")

    # The build reaches the site by itself.
    built = agency("fork", "build", "tidy-forms", "--out", agency.folder / "builds")
    assert built["build"] == "1.2.4.0-p1"
    agency("fork", "publish")
    agency("fork", "guard", "--out", shop.content / "mu-plugins" / "plugwatch-updates.php")
    with WebSpace(agency.folder / "public") as space:
        shop.internet(internet(directory, space.url))
        shop.switch_auto_updates(plugins=(FORMS,))
        shop.check_updates()
        assert "1.2.4.0-p1" in look(shop, browser, "2-build-offered")
        shop.update_by_itself()
        assert shop.plugin_version(FORMS) == "1.2.4.0-p1"
        assert shop.is_active(FORMS)
        assert form_says(shop) == THANKS
        look(shop, browser, "3-build-installed")
        agency("site", "refresh", "brightside")
        assert evidence(agency, "brightside") == ("patched", "verified", {patch: "there"})

        # The vendor ships 1.2.5, which lacks the fix: it stays out, and the developer hears of it.
        ship(directory, "1.2.5")
        directory.ignores_update_uri = True  # the worst that wordpress.org can do
        agency.later(days=1)
        shop.update_by_itself()
        assert shop.plugin_version(FORMS) == "1.2.4.0-p1"
        assert form_says(shop) == THANKS
        checked = agency("check", code=0)
        assert [(row["to"], row["status"]) for row in checked["forecasts"]] == [("1.2.5", "clean")]
        agency("fork", "publish")
        shop.check_updates()
        assert "1.2.5" in look(shop, browser, "4-vendors-release-kept-off")
        agency("fork", "upgrade", "tidy-forms", "--to", "1.2.5")
        assert agency("fork", "build", "tidy-forms", "--out", agency.folder / "builds")["build"] == "1.2.5.0-p1"
        agency("fork", "publish")
        shop.update_by_itself()
        assert shop.plugin_version(FORMS) == "1.2.5.0-p1"
        assert form_says(shop) == THANKS

        # The vendor ships 1.3.0 with the fix: the site moves to it, and everything lets go.
        ship(directory, "1.3.0")
        directory.ignores_update_uri = False
        agency.later(days=9)
        agency("site", "refresh", "brightside")
        agency("check", code=0)
        upgraded = agency("fork", "upgrade", "tidy-forms", "--to", "1.3.0")
        assert [(row["id"], row["verdict"]) for row in upgraded["patches"]] == [(patch, "landed")]
        agency("fork", "publish")
        agency("check")
        assert sites_to_move(agency) == {patch: ["brightside"]}
        shop.update_by_itself()
        assert shop.plugin_version(FORMS) == "1.3.0"
        assert shop.is_active(FORMS)
        assert form_says(shop) == THANKS
        look(shop, browser, "5-back-to-the-vendor")
        agency("site", "refresh", "brightside")
        (todo,) = agency("check", code=3)["needs_person"]
        assert "incident tell INC-1" in todo
        assert sites_to_move(agency) == {}
        assert all(hold["lifted_at"] for hold in agency("incident", "show", "INC-1")["holds"])
        assert any("retired" in event["body"] for event in agency("incident", "show", "INC-1")["timeline"])

        # From here on wordpress.org looks after it again.
        directory.ship("1.3.1", example("1.2.4"))
        assert shop.check_updates()["plugins"][FORMS]["package"].startswith("https://downloads.wordpress.org/")
    assert shop.php("return get_option( 'tidy_forms_kept' );") == "an option that must survive"
    assert "plugwatch" not in shop.complaints
    assert all("127.0.0.1" not in one["agent"] for one in shop.requests if one["url"].startswith(UPDATES))

    agency("incident", "resolve", "INC-1", "brightside")
    agency("incident", "resolve", "INC-1")
    told = agency("incident", "tell", "INC-1", "--phase", "resolved", "--send")
    assert [message["client"] for message in told["messages"]] == ["brightside"]
    assert all(check["ok"] for check in told["messages"][0]["checks"])

"""``fork deploy`` on real WordPress sites, asked through a ``wp`` of the tests and visited as anybody visits them."""

from __future__ import annotations

import pytest
from peers.live_wordpress import LiveWordPress, live_wordpress, newer_wordpress
from peers.live_wp import LiveWp
from workbench import make_workspace, snapshot, write_files

__all__ = ["live_wordpress", "newer_wordpress"]
pytestmark = pytest.mark.services

FILE = "tidy-forms/tidy-forms.php"
HEAD = "<?php\n/*\n * Plugin Name: Tidy Forms\n * Version: 1.0.0\n */\n"
FOOTER = "add_action( 'wp_footer', function () {{ echo '<p>{}</p>'; }} );\n"


@pytest.fixture
def wp(tmp_path, monkeypatch):
    made = LiveWp(tmp_path / "bin")
    monkeypatch.setenv("PATH", made.path)
    return made


def agency(tmp_path, wp: LiveWp, site: LiveWordPress, component: str, files: dict[str, bytes], **source: str):
    """A workspace that knows the site and has a fork with the one release that runs there."""
    space = make_workspace(tmp_path / "ws")
    spec = wp.source(site.root, **source)
    space.do("site", "add", "shop", "--client", "brightside", "--url", site.address, "--source", spec)
    space.do("fork", "create", component, "--from", write_files(tmp_path / "release" / component, files))
    return space


def carry(space, component: str, files: dict[str, bytes], title: str):
    """A patch that leaves these files, and a build with it."""
    folder = write_files(space.folder.parent / title / component, files)
    space.do("patch", "capture", component, folder, "--title", title, "--why", "Asked for.")
    return space.do("fork", "build", component, "--out", space.folder / "builds", "--json").json["build"]


def plugin_files(*lines: str) -> dict[str, bytes]:
    return {"tidy-forms.php": (HEAD + "".join(lines)).encode(), "readme.txt": b"=== Tidy Forms ===\n"}


def test_a_build_comes_and_works_and_one_that_breaks_the_site_goes_back(live_wordpress, wp, tmp_path):
    site = live_wordpress
    release = plugin_files(FOOTER.format("as shipped"))
    site.add_plugin({f"tidy-forms/{path}": content for path, content in release.items()}, activate=FILE)
    site.php("update_option( 'tidy_forms', array( 'to' => 'ada@site.example' ) );")
    space = agency(tmp_path, wp, site, "plugin/tidy-forms", release, ssh="web1.example")
    carry(space, "plugin/tidy-forms", plugin_files(FOOTER.format("as patched")), "Patched")
    assert "<p>as shipped</p>" in site.get()[1]

    space.do("fork", "deploy", "plugin/tidy-forms", "--site", "shop", "--send")

    assert "<p>as patched</p>" in site.get()[1]
    assert site.is_active(FILE)
    assert site.plugin_version(FILE) == "1.0.0.0-p1"
    assert site.php("return get_option( 'tidy_forms' );") == {"to": "ada@site.example"}
    good = snapshot(site.content / "plugins")

    fatal = plugin_files(FOOTER.format("as patched"), "add_action( 'wp_head', 'tidy_forms_nobody_wrote_this' );\n")
    carry(space, "plugin/tidy-forms", fatal, "Fatal")
    answer = space.run("fork", "deploy", "plugin/tidy-forms", "--site", "shop", "--send")

    assert answer.code == 1, answer
    assert "shop: PUT BACK" in answer.out
    assert "the site's page breaks off now" in answer.out
    assert snapshot(site.content / "plugins") == good
    assert "<p>as patched</p>" in _after_the_cache(site)
    log = space.do("fork", "deploy", "--log", "--json").json
    assert [row["state"] for row in log] == ["put-back", "done"]


def _after_the_cache(site: LiveWordPress) -> str:
    """The page, once PHP has looked at the files' dates again."""
    for _ in range(200):
        status, text = site.get()
        if status == 200 and "</html>" in text:
            return text
    raise AssertionError(text)


def test_a_theme_likewise_without_phps_own_zip(newer_wordpress, wp, tmp_path):
    site = newer_wordpress

    def theme(words: str) -> dict[str, bytes]:
        head = b"/*\nTheme Name: Quiet\nVersion: 2.1\n*/\n"
        body = (
            f"<!DOCTYPE html><html><head><?php wp_head(); ?></head><body>{words}<?php wp_footer(); ?></body></html>\n"
        )
        return {"style.css": head, "index.php": body.encode(), "inc/more.php": b"<?php\n"}

    site.add_theme({f"quiet/{path}": content for path, content in theme("as shipped").items()}, activate="quiet")
    space = agency(tmp_path, wp, site, "theme/quiet", theme("as shipped"))
    carry(space, "theme/quiet", theme("as patched"), "Patched")
    needed = ("pdo", "pdo_sqlite", "sqlite3", "mbstring", "posix", "tokenizer", "ctype", "iconv")
    wp.plan(php=["-n", *(word for name in needed for word in ("-d", f"extension={name}"))])
    assert "as shipped" in site.get()[1]

    answer = space.run("fork", "deploy", "theme/quiet", "--site", "shop", "--send")
    assert answer.code == 0, answer

    assert "as patched" in site.get()[1]
    assert site.theme_version("quiet") == "2.1.0.0-p1"
    assert not (site.content / "themes" / ".plugwatch").exists()


def test_what_a_person_does_with_wp_works_as_it_is_told(newer_wordpress, wp, tmp_path):
    """``fork build`` ends with "wp plugin install ZIP --force": the plugin stays active, in its folder."""
    site = newer_wordpress
    release = plugin_files(FOOTER.format("as shipped"))
    site.add_plugin({f"tidy-forms/{path}": content for path, content in release.items()}, activate=FILE)
    space = agency(tmp_path, wp, site, "plugin/tidy-forms", release)
    build = carry(space, "plugin/tidy-forms", plugin_files(FOOTER.format("as patched")), "Patched")
    wp.run(site.root, "plugin", "install", str(space.folder / "builds" / f"tidy-forms.{build}.zip"), "--force")

    space.do("site", "refresh", "shop", "--offline")

    shown = space.do("site", "show", "shop", "--json").json["components"]
    found = [(one["version"], one["status"]) for one in shown if one["component"] == "plugin/tidy-forms"]
    assert found == [(build, "active")]
    assert "nothing to do" in space.do("fork", "deploy", "plugin/tidy-forms", "--site", "shop", "--send").out

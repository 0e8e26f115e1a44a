"""The must-use plugin and a published folder that somebody else writes: no site breaks, nothing bad arrives."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest
from guarding import (
    BASE,
    HOST,
    PLUGIN,
    THEME,
    component,
    feed,
    folder_zip,
    guard,
    online,
    our_complaints,
    plugin,
    theme,
)
from peers.live_wordpress import LiveWordPress
from peers.loopback import Reply

from plugwatch.render.guard import render_guard

pytestmark = pytest.mark.services

P1, STOCK = "1.2.3.0-p1", "1.2.4"
BUILD = folder_zip(plugin(P1, base=BASE))
GOOD = component("tidy-forms", "build", P1, BUILD)
THEME_BUILD = folder_zip(theme(P1, base=BASE))
GOOD_THEME = component(THEME, "build", P1, THEME_BUILD)
FEED = "/wp/plugwatch.json"

# One process asks for one feed after the other; each time it knows either nothing or the good one that came first.
ASK = """
ini_set( 'memory_limit', '100M' ); // Less than what the compressed ones unpack to.
$slow  = false;
$seen  = array();
$asked = array();
add_filter( 'http_request_args', function ( $args, $url ) use ( &$asked, &$slow ) {
	if ( 0 === strpos( $url, 'https:' ) && strpos( $url, 'plugwatch.json' ) ) {
		$asked[] = $args['timeout'];
		$args['timeout'] = $slow ? 1 : 60; // So that the test need not wait, nor a busy machine matter.
	}
	return $args;
}, 10, 2 );
$good = null;
for ( $round = 0; $round < $values['rounds']; $round++ ) {
	$slow   = $round === $values['rounds'] - 1;
	$forget = static function () { self::$entries = null; };
	Closure::bind( $forget, null, 'Plugwatch_Updates' )();
	if ( $values['keep'] && $good ) {
		update_site_option( 'plugwatch_updates', array( 'next' => 0 ) + $good );
	} else {
		delete_site_option( 'plugwatch_updates' );
	}
	wp_clean_update_cache();
	wp_update_plugins();
	wp_update_themes();
	$good = $good ? $good : get_site_option( 'plugwatch_updates' );
	$row  = array();
	foreach ( array( 'update_plugins', 'update_themes' ) as $name ) {
		$found = get_site_transient( $name );
		foreach ( $found->response as $id => $one ) {
			$row[ $id ] = ( (array) $one )['new_version'];
		}
	}
	$seen[] = $row;
}
return array( 'seen' => $seen, 'timeouts' => array_unique( $asked ), 'kept' => get_site_option( 'plugwatch_updates' ) );
"""


UPDATE = """
wp_clean_update_cache();
wp_update_plugins();
$u     = new Plugin_Upgrader( new Automatic_Upgrader_Skin() );
$done  = $u->bulk_upgrade( array( $values['one'] ) )[ $values['one'] ];
$error = is_wp_error( $u->skin->result ) ? $u->skin->result : $done;
wp_clean_plugins_cache();
return array(
	is_wp_error( $error ) ? $error->get_error_code() : is_array( $done ),
	get_plugins()[ $values['one'] ]['Version'],
);
"""


def said(text: bytes | str, status: int = 200, **headers: str) -> Reply:
    data = text.encode() if isinstance(text, str) else text
    return Reply(status, data, {name.replace("_", "-"): value for name, value in headers.items()})


def bad_feeds() -> list[Reply]:
    whole = feed(GOOD, GOOD_THEME).body
    bomb = gzip.compress(b" " * (1 << 27), 1)
    deep = b'{"plugwatch":1,"components":' + b"[" * 100_000 + b"]" * 100_000 + b"}"
    documents: list[Any] = [
        None,
        [],
        "x",
        17,
        {"plugwatch": 1},
        {"plugwatch": 1, "components": None},
        {"plugwatch": 1, "components": "all"},
        {"plugwatch": 2, "components": [GOOD]},
        {"plugwatch": "1", "components": [GOOD]},
        {"components": [GOOD]},
        [GOOD],
    ]
    return [
        *(said(json.dumps(document)) for document in documents),
        said(b""),
        said(whole[:-1]),
        said(whole.replace(b'"Tidy-Forms"', b'"\xff\xfe"')),
        said(b"\xef\xbb\xbf" + whole),
        said(whole + b" " * (1 << 20)),
        said(bomb, Content_Encoding="gzip"),
        said(gzip.compress(bomb), Content_Encoding="gzip"),
        said(deep),
        said("<html><body>Parked</body></html>", Content_Type="text/html"),
        said(whole, 404),
        said(whole, 500),
        said(whole, 203),
        said(whole, 302, Location="/wp/again.json"),
        Reply(0),
        Reply(200, whole, delay=1.5),  # the last one, see ASK
    ]


def test_a_feed_that_is_none_breaks_nothing_and_the_last_good_copy_counts(newer_wordpress: LiveWordPress) -> None:
    site = newer_wordpress
    site.add_plugin(plugin("1.2.3"))
    site.add_theme(theme("1.2.2.0-p9", base=BASE))
    with online(site) as (space, directory):
        space.files["/wp/again.json"] = feed(GOOD, GOOD_THEME).body
        directory.offer("plugin", PLUGIN, STOCK, b"")
        directory.offer("theme", THEME, STOCK, b"")
        bad = bad_feeds()
        for keep, expected in (
            (False, {PLUGIN: STOCK}),  # the theme is a build of ours, which nobody has to tell
            (True, {PLUGIN: P1, THEME: P1}),
        ):
            space.plan(FEED, feed(GOOD, GOOD_THEME), *bad)
            answer = site.php(ASK, rounds=len(bad) + 1, keep=keep)
            assert answer["seen"][0] == {PLUGIN: P1, THEME: P1}, "nothing would be proved"
            for reply, seen in zip(bad, answer["seen"][1:], strict=True):
                assert seen == expected, (keep, reply.status, reply.headers, reply.body[:80])
            assert answer["timeouts"] == [5]
        assert not space.planned[FEED]
        assert set(space.paths) == {FEED}
    assert our_complaints(site) == ""


def bad_entries() -> list[dict[str, Any]]:
    path = "/builds/plugin/tidy-forms/tidy-forms.1.zip"
    host = HOST.split(".", 1)[1]
    packages: list[Any] = [
        f"{BASE}{path}".replace("https:", "http:"),
        f"https://evil.example/wp{path}",
        f"https://{HOST}:8443/wp{path}",
        f"https://{HOST}:443/wp{path}",
        f"https://{HOST}@evil.example/wp{path}",
        f"https://user:secret@{HOST}/wp{path}",
        f"https://{HOST}.evil.example/wp{path}",
        f"https://{host}/wp{path}",
        f"{BASE}evil{path}",
        f"https://{HOST}{path}",
        f"//{HOST}/wp{path}",
        f"{BASE}/../wp{path}",
        f"{BASE}/builds/plugin/tidy-forms/../../x.zip",
        f"{BASE}/builds/plugin/tidy-forms/%2e%2e/x.zip",
        f"{BASE}/builds/plugin/tidy-forms/..%2fx.zip",
        f"{BASE}/builds/plugin/tidy-forms/a\\..\\x.zip",
        f"{BASE}/builds/plugin/tidy-forms/.zip",
        f"{BASE}/builds/plugin/other/tidy-forms.1.zip",
        f"{BASE}/builds/theme/tidy-forms/tidy-forms.1.zip",
        f"{BASE}{path}?site=1",
        f"{BASE}{path}#x",
        f"{BASE}{path}\n",
        f"{BASE}{path}.php",
        "javascript:alert(1)",
        "/etc/passwd",
        "",
        5,
        [f"{BASE}{path}"],
    ]
    wrong: dict[str, list[Any]] = {
        "package": packages,
        "sha256": [None, "", GOOD["sha256"][:-1], GOOD["sha256"].upper(), GOOD["sha256"] + "\n", 5, ["x"]],
        "version": [None, "", 2, "1.2.3<b>", "9" * 200, {}, "2\n"],
        "guard": ["yes", None, 1],
        "kind": ["core", "plugins", None, ["plugin"]],
        "slug": ["../tidy-forms", "/tidy-forms", "tidy\\forms", "tidy-forms\n", "tidy\0forms", "", ".", 5, None, ["x"]],
        "held": [
            "all",
            5,
            [["<", "2"]],
            [[["<"]]],
            [[["~", "2"]]],
            [[[">", 2]]],
            [[[">", "2", "3"]]],
            {"a": 1},
            [None],
        ],
    }
    return [{field: value} for field, values in wrong.items() for value in values]


def test_a_component_that_is_wrong_is_left_out_and_the_others_count(newer_wordpress: LiveWordPress) -> None:
    site = newer_wordpress
    site.add_plugin(plugin("1.2.3"))
    site.add_theme(theme("1.2.3"))
    with online(site) as (space, directory):
        directory.offer("plugin", PLUGIN, STOCK, b"")
        bad = bad_entries()
        others: list[Any] = [None, "x", 5, [], [[]], {}]
        feeds = [feed(*others, GOOD | change, GOOD_THEME) for change in bad]
        # What is only shown or only helps may be wrong; and a key that nobody knows yet is no mistake.
        harmless = {
            "name": 5,
            "url": "javascript:x",
            "upstream": [1],
            "tested": {},
            "requires": 6,
            "size": "big",
            "new": 1,
        }
        harmless |= {"state": "later", "requires_php": None}
        space.plan(FEED, feed(GOOD | harmless, GOOD_THEME), *feeds)
        answer = site.php(ASK, rounds=len(feeds) + 1, keep=False)
    assert answer["seen"][0] == {PLUGIN: P1, THEME: P1}
    for change, seen in zip(bad, answer["seen"][1:], strict=True):
        assert seen == {PLUGIN: STOCK, THEME: P1}, change
    assert our_complaints(site) == ""


def test_only_the_zip_that_was_published_is_installed(newer_wordpress: LiveWordPress) -> None:
    site = newer_wordpress
    site.add_plugin(plugin("1.2.3"), activate=PLUGIN)
    path = GOOD["package"].removeprefix(f"https://{HOST}")
    other = {"evil-forms/evil-forms.php": "<?php\n/*\nPlugin Name: Evil\nVersion: 9\n*/\n"}
    two = folder_zip(plugin(P1) | other)
    elsewhere = folder_zip(other)
    with online(site) as (space, directory):

        def outcome(**published: Any) -> tuple[Any, str]:
            """What comes of an update: how it ended, and the version that is there then."""
            space.files = {}
            space.publish(component("tidy-forms", "build", P1, published["claimed"]) | published.get("more", {}))
            space.files[path] = published["served"]
            ended, version = site.php(UPDATE, one=PLUGIN)
            return ended, version

        assert outcome(claimed=BUILD, served=BUILD + b" ") == ("plugwatch_fetch", "1.2.3")
        assert outcome(claimed=BUILD, served=BUILD[:-1] + b"x") == ("plugwatch_checksum", "1.2.3")
        assert outcome(claimed=BUILD, served=BUILD, more={"size": 5}) == ("plugwatch_fetch", "1.2.3")
        assert outcome(claimed=elsewhere, served=elsewhere) == ("plugwatch_folder", "1.2.3")
        assert outcome(claimed=two, served=two) == ("incompatible_archive_no_plugins", "1.2.3")
        directory.zips["/elsewhere.zip"] = BUILD
        space.plan(path, said(BUILD, 302, Location=f"{directory.url}/elsewhere.zip"))
        assert outcome(claimed=BUILD, served=BUILD) == ("plugwatch_fetch", "1.2.3")
        assert "/elsewhere.zip" not in directory.paths
        assert site.is_active(PLUGIN)

        fetch = (
            "return ( new Plugin_Upgrader( new Automatic_Upgrader_Skin() ) )->download_package("
            " $values['package'], false, array( 'plugin' => $values['for'] ) );"
        )
        unpublished = f"{BASE}/builds/plugin/tidy-forms/tidy-forms.9.zip"
        assert site.php(fetch, package=unpublished, **{"for": ""})["error"] == "plugwatch_unknown"
        assert site.php(fetch, package=GOOD["package"], **{"for": "other/other.php"})["error"] == "plugwatch_unknown"

        escaping = folder_zip(plugin(P1, base=BASE) | {"../../escaped.php": "<?php"})
        assert outcome(claimed=escaping, served=escaping) == (True, P1), "WordPress leaves such an entry out"
        assert not list(site.root.parent.rglob("escaped.php"))
        assert site.is_active(PLUGIN)
    assert our_complaints(site) == ""


def test_a_password_goes_to_the_published_folder_and_nowhere_else(newer_wordpress: LiveWordPress) -> None:
    site = newer_wordpress
    site.add_plugin(plugin("1.2.3"), activate=PLUGIN)
    with online(site) as (space, directory):
        space.publish(GOOD, tidy_forms=BUILD)
        space.password = "ada:it's 8 hops"
        assert site.check_updates()["plugins"] == {}
        assert space.paths == [FEED]
        site.constants(PLUGWATCH_UPDATES_AUTH=space.password)
        assert site.check_updates()["plugins"][PLUGIN]["new_version"] == P1
        assert site.update_plugin(PLUGIN) is True
        space.plan(FEED, said("", 302, Location=f"{directory.url}/plugwatch.json"))
        site.check_updates()
        assert not space.planned[FEED]
        site.update_by_itself()
        assert not any("Authorization" in request.headers for request in directory.requests)
    assert site.plugin_version(PLUGIN) == P1
    told = {one["url"] for one in site.requests if "Authorization" in one["headers"]}
    assert told == {f"{BASE}/plugwatch.json", GOOD["package"]}
    kept = json.dumps(site.php("return array( wp_load_alloptions(), get_site_option( 'plugwatch_updates' ) );"))
    assert "8 h" not in kept
    assert "it's 8" not in site.complaints
    assert our_complaints(site) == ""


def test_the_feed_is_asked_for_once_an_hour_and_never_while_a_visitor_waits(newer_wordpress: LiveWordPress) -> None:
    site = newer_wordpress
    site.add_plugin(plugin("1.2.3"))
    read = (
        "$kept = get_site_option( 'plugwatch_updates' ); $minutes = round( ( $kept['next'] - time() ) / 60 );"
        "$next = array( 'next' => time() + $values['in'] );"
        "if ( $values['in'] ) { update_site_option( 'plugwatch_updates', $next + $kept ); }"
        "$found = get_site_transient( 'update_plugins' ); get_site_transient( 'update_themes' );"
        "return array( $minutes, count( $found->response ) );"
    )
    with online(site) as (space, _directory):
        space.publish(GOOD, tidy_forms=BUILD)
        site.check_updates()
        assert len(space.paths) == 1
        assert site.php(read, **{"in": 0}) == [60, 1]
        assert len(space.paths) == 1
        space.plan(FEED, Reply(503))
        site.php(read, **{"in": -1})
        assert len(space.paths) == 2
        assert site.php(read, **{"in": 0}) == [15, 1]
        assert len(space.paths) == 2
        space.publish()
        clock_was_wrong = 86_400
        assert site.php(read, **{"in": clock_was_wrong})[1] == 0, "what the feed said before is offered no more"
        assert len(space.paths) == 3
        site.php("delete_site_option( 'plugwatch_updates' );")
        page = site.get("/", admin=True)[1]
        assert "wp-admin-bar-updates" in page or "wpadminbar" in page
        assert len(space.paths) == 3
        site.php("get_site_transient( 'update_plugins' );")
        assert len(space.paths) == 4
    assert our_complaints(site) == ""


def test_screens_show_what_the_vendor_has_and_escape_it(live_wordpress: LiveWordPress) -> None:
    site = live_wordpress
    site.add_plugin(plugin(P1, base=BASE), activate=PLUGIN)
    site.add_theme(theme(P1, base=BASE))
    with online(site) as (space, directory):
        guard(site, "Fern & <b onclick=alert(1)>Hill's */ ?>")
        site.add_must_use("zz-copy.php", render_guard(BASE, "A second copy", "0.1.0"))
        site.add_plugin({"other/other.php": "<?php\n/*\nPlugin Name: Other\nVersion: 1\n*/\n"})
        directory.up_to_date["plugins"] = {"other/other.php": {"slug": "other", "new_version": "7.0", "package": ""}}
        space.publish(GOOD | {"upstream": STOCK}, GOOD_THEME | {"upstream": STOCK, "version": "1.2.3.0-p0"})
        directory.offer("plugin", PLUGIN, "1.2.5<script>alert(2)</script>", b"")
        directory.offer("theme", THEME, "1.2.5", b"")
        site.check_updates()
        words = (
            "Version {} is out. It would overwrite the patched build of Fern &amp; &lt;b onclick=alert(1)&gt;"
            "Hill&#039;s */ ?&gt;, so it is kept off until the patch is carried along."
        )
        plugins = site.get("/wp-admin/plugins.php", admin=True)[1]
        assert words.format(STOCK) in plugins
        assert "there is a new version" not in plugins.lower()
        assert "Version 7.0" not in plugins
        assert words.format("1.2.5") in site.get("/wp-admin/themes.php", admin=True)[1]
        both = site.get("/wp-admin/update-core.php", admin=True)[1]
        assert both.count("so it is kept off") == 2
        must_use = site.get("/wp-admin/plugins.php?plugin_status=mustuse", admin=True)[1]
        assert "Patched builds" in must_use
        for page in (plugins, both, must_use):
            assert "<b onclick" not in page
            assert "wp-die-message" not in page
            assert "the patch is missing" not in page
            assert "<script>alert(2)" not in page
    assert our_complaints(site) == ""

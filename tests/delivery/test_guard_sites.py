"""The must-use plugin on real sites: builds arrive by themselves, and nothing overwrites them until they step aside."""

from __future__ import annotations

import pytest
from guarding import (
    BASE,
    HOST,
    PLUGIN,
    THEME,
    Directory,
    WebSpace,
    component,
    connect,
    folder_zip,
    forget_feed,
    guard,
    online,
    our_complaints,
    plugin,
    theme,
)
from peers.live_wordpress import LiveWordPress

pytestmark = pytest.mark.services

P1, STOCK4, STOCK5, STOCK6 = "1.2.3.0-p1", "1.2.4", "1.2.5", "1.2.6"
PLUGIN_BUILD = folder_zip(plugin(P1, base=BASE))
THEME_BUILD = folder_zip(theme(P1, base=BASE))
CHILD = {
    "shopfront-child/style.css": "/*\nTheme Name: Shopfront Child\nTemplate: shopfront\nVersion: 1.0\n*/\n",
}


def published(space: WebSpace, **more: object) -> None:
    space.publish(
        component("tidy-forms", "build", P1, PLUGIN_BUILD, upstream=STOCK4, **more),
        component(THEME, "build", P1, THEME_BUILD, **more),
        tidy_forms=PLUGIN_BUILD,
        shopfront=THEME_BUILD,
    )


def vendor_releases(directory: Directory, version: str) -> None:
    directory.offer("plugin", PLUGIN, version, folder_zip(plugin(version)))
    directory.offer("theme", THEME, version, folder_zip(theme(version)))


def versions(site: LiveWordPress) -> tuple[str, str]:
    """Of the plugin and of the theme."""
    return tuple(
        site.php(
            "$p = get_plugin_data( WP_PLUGIN_DIR . '/' . $values['plugin'], false, false )['Version'];"
            "$t = wp_get_theme( $values['theme'] )->get( 'Version' );"
            "return array( is_plugin_active( $values['plugin'] ) ? $p : 'off', $t );",
            plugin=PLUGIN,
            theme=THEME,
        )
    )


def offered(site: LiveWordPress) -> dict[str, str]:
    found = site.check_updates()
    return {name: row["new_version"] for kind in ("plugins", "themes") for name, row in found[kind].items()}


def prepare(site: LiveWordPress, version: str = "1.2.3", base: str = "") -> None:
    """Both components on the site, in use and with automatic updates."""
    site.add_plugin(plugin(version, base=base))
    site.add_theme(theme(version, base=base) | CHILD)
    site.php(
        "activate_plugin( $values['plugin'] ); switch_theme( 'shopfront-child' ); update_option( 'tidy', 'as it was' );"
        "update_site_option( 'auto_update_plugins', array( $values['plugin'] ) );"
        "update_site_option( 'auto_update_themes', array( $values['theme'] ) );",
        plugin=PLUGIN,
        theme=THEME,
    )


def test_a_site_installs_the_build_by_itself_keeps_it_and_goes_back_when_the_vendor_has_the_fix(
    live_wordpress: LiveWordPress,
) -> None:
    site = live_wordpress
    prepare(site)
    page = site.get("/")[1]
    assert "Forms: as it was" in page
    assert "Shopfront" in page
    with online(site) as (space, directory):
        published(space)
        vendor_releases(directory, STOCK4)
        site.update_by_itself()
        assert versions(site) == (P1, P1)
        assert site.get("/")[1] == page

        vendor_releases(directory, STOCK5)
        assert offered(site) == {}
        site.update_by_itself()
        assert versions(site) == (P1, P1)
        assert site.update_plugin(PLUGIN) is not True
        assert site.update_theme(THEME) is not True
        assert versions(site) == (P1, P1)

        stock = folder_zip(plugin(STOCK6)), folder_zip(theme(STOCK6))
        space.publish(
            component("tidy-forms", "stock", STOCK6, stock[0]),
            component(THEME, "stock", STOCK6, stock[1]),
            tidy_forms=stock[0],
            shopfront=stock[1],
        )
        site.update_by_itself()
        assert versions(site) == (STOCK6, STOCK6)
        assert site.get("/")[1] == page

        vendor_releases(directory, "1.3")
        site.update_by_itself()
        assert versions(site) == ("1.3", "1.3")
    assert our_complaints(site) == ""
    ours = [one for one in site.requests if HOST in one["url"]]
    assert {one["agent"] for one in ours} == {"plugwatch-updates"}
    assert {one["limit"] for one in ours} == {
        (1 << 20) + 1,
        *(len(data) + 1 for data in (PLUGIN_BUILD, THEME_BUILD, *stock)),
    }
    told = {name.title() for one in ours for name in one["headers"]}
    assert told == {"Accept-Encoding"}
    assert all(one["cookies"] == one["follows"] == 0 and "?" not in one["url"] and not one["body"] for one in ours)
    assert site.address.removeprefix("http://") not in str(ours)


def test_what_wordpress_org_says_neither_replaces_a_build_nor_keeps_it_from_a_site(
    live_wordpress: LiveWordPress,
) -> None:
    site = live_wordpress
    prepare(site)
    with online(site) as (space, directory):
        published(space)
        build = {PLUGIN: P1, THEME: P1}
        connect(site, space, None)
        assert offered(site) == build, "it cannot be reached"
        connect(site, space, directory)
        assert offered(site) == build, "it knows nothing"
        vendor_releases(directory, "9.9")
        assert offered(site) == build, "it has a newer release"
        assert site.update_plugin(PLUGIN) is True
        assert site.update_theme(THEME) is True
        assert versions(site) == (P1, P1)

        zipped = folder_zip(plugin("9.9"))
        lies: dict[str, dict[str, str]] = {
            "tidy-forms/other.php": {},
            "other/other.php": {"slug": "tidy-forms"},
            "third/third.php": {"plugin": PLUGIN},
            PLUGIN: {"slug": "other", "new_version": "1.2.3.0-p9"},
        }
        directory.offers["plugins"].clear()
        for name, lie in lies.items():
            directory.offer("plugin", name, "9.9", zipped, **lie)
        assert offered(site) == {}, "it calls the plugin by other names"
        directory.offers["plugins"] = {PLUGIN: {"slug": "other", "package": "https://downloads.wordpress.org/x.zip"}}
        assert offered(site) == {}, "it says no version"
        connect(site, None, directory)
        vendor_releases(directory, "9.9")
        assert offered(site) == {}, "the feed cannot be read any more"
        forget_feed(site)
        site.update_by_itself()
        assert versions(site) == (P1, P1), "the feed was never read"
        connect(site, None, None)
        assert offered(site) == {}
    assert our_complaints(site) == ""


# A paid plugin's updater: its offer goes into what WordPress keeps, before and after everybody else.
PAID = """
function paid_offer( $value ) {
	$theme = strpos( current_filter(), 'themes' );
	$name  = $theme ? 'shopfront' : 'tidy-forms/tidy-forms.php';
	$row   = array( 'slug' => 'tidy-forms', 'new_version' => '9.9', 'package' => 'https://paid.example/forms.zip' );
	$value = is_object( $value ) ? $value : new stdClass();
	$value->response          = isset( $value->response ) ? $value->response : array();
	$value->response[ $name ] = $theme ? $row : (object) $row;
	return $value;
}
foreach ( array( WHEN ) as $hook ) {
	add_action( $hook, function () {
		foreach ( array( WHERE ) as $filter ) {
			foreach ( array( PRIORITY ) as $priority ) {
				add_filter( "{$filter}_plugins", 'paid_offer', $priority );
				add_filter( "{$filter}_themes", 'paid_offer', $priority );
			}
		}
	}, PHP_INT_MAX );
}
add_filter( 'auto_update_plugin', '__return_true', PHP_INT_MAX );
add_filter( 'auto_update_theme', '__return_true', PHP_INT_MAX );
"""


def test_a_paid_plugins_own_updater_does_not_get_its_offer_in(newer_wordpress: LiveWordPress) -> None:
    site = newer_wordpress
    prepare(site, P1, BASE)
    written, read, before = (f"'{name}site_transient_update'" for name in ("pre_set_", "", "pre_"))
    first, last, early, late = "10", "PHP_INT_MAX", "'plugins_loaded'", "'wp_loaded'"
    ways = [
        (written, first, early),
        (read, first, early),
        (written, last, late),
        (read, last, late),
        (before, last, early),
        (f"{written}, {read}", f"{first}, {last}", f"{early}, {late}"),
    ]
    for guarded in (False, True):
        for way in ways if guarded else ways[:2]:
            code = PAID
            for name, text in zip(("WHERE", "PRIORITY", "WHEN"), way, strict=True):
                code = code.replace(name, text)
            site.add_plugin(plugin(P1, base=BASE, extra=code))
            found = offered(site)
            assert found == ({} if guarded else {PLUGIN: "9.9", THEME: "9.9"}), way
        guard(site)
    with online(site) as (space, _directory):
        published(space)
        site.update_by_itself()
    assert versions(site) == (P1, P1)
    assert not any("paid.example" in one["url"] for one in site.requests)
    assert our_complaints(site) == ""


INSTALL = """
remove_all_filters( 'upgrader_source_selection' ); // As WordPress does when it updates a translation.
$u = new Plugin_Upgrader( new Automatic_Upgrader_Skin() );
if ( isset( $values['for'] ) ) {
	$u->init();
	$r = $u->run( array( 'package' => $values['package'], 'destination' => WP_PLUGIN_DIR, 'clear_destination' => true,
		'clear_working' => true, 'hook_extra' => array( 'plugin' => $values['for'] ) ) );
} else {
	$r = $u->install( $values['package'], array( 'overwrite_package' => true ) );
}
$e = is_wp_error( $r ) ? $r : $u->skin->result;
return is_wp_error( $e ) ? $e->get_error_code() : implode( ' ', $u->skin->get_upgrade_messages() );
"""


# What WordPress's own filters say: our version, and whether a foreign offer, ours, and one not decided on go in alone.
FILTERS = """
$all = array();
foreach ( array( 'plugin', 'theme' ) as $kind ) {
	$ours    = apply_filters( "update_{$kind}s_{$values['host']}", false, array(), $values[ $kind ], array() );
	$foreign = (object) array( $kind => $values[ $kind ], 'new_version' => '9.9', 'package' => 'https://x.example/' );
	$all[ $kind ] = array(
		$ours['version'],
		apply_filters( "auto_update_$kind", true, $foreign ),
		apply_filters( "auto_update_$kind", true, (object) $ours ),
		apply_filters( "auto_update_$kind", null, $foreign ),
	);
}
return $all;
"""


def test_a_vendors_zip_goes_over_a_build_only_where_a_person_uploads_it(
    newer_wordpress: LiveWordPress, tmp_path
) -> None:
    site = newer_wordpress
    prepare(site, P1, BASE)
    with online(site) as (space, directory):
        published(space)
        vendor_releases(directory, STOCK5)
        site.check_updates()
        asked = site.php(FILTERS, host=HOST, plugin=PLUGIN, theme=THEME)
        assert asked == {"plugin": [P1, False, True, None], "theme": [P1, False, True, None]}
        foreign = f"https://downloads.wordpress.org/plugin/tidy-forms.{STOCK5}.zip"
        assert site.php(INSTALL, package=foreign, **{"for": PLUGIN}) == "plugwatch_guarded"
        assert site.php(INSTALL, package=foreign) == "plugwatch_guarded"
        forget_feed(site)
        assert site.php(INSTALL, package=foreign, **{"for": PLUGIN}) == "plugwatch_guarded"
        site.check_updates()
        other = {"other/other.php": "<?php\n/*\nPlugin Name: Other\nVersion: 1\n*/\n"}
        directory.zips["/plugin/other.zip"] = folder_zip(other)
        assert "uccessfully" in site.php(INSTALL, package="https://downloads.wordpress.org/plugin/other.zip")
        assert site.php(INSTALL, package=foreign, **{"for": "other/other.php"}) == "plugwatch_guarded"
        assert site.plugin_version(PLUGIN) == P1

        upload = tmp_path / "tidy-forms.zip"
        upload.write_bytes(folder_zip(plugin(STOCK5)))
        assert site.upload_plugin(upload) is True
        assert site.plugin_version(PLUGIN) == STOCK5
        assert f"This is not the patched build {P1} of Fernhill Web" in site.get("/wp-admin/plugins.php", admin=True)[1]

        upload.write_bytes(PLUGIN_BUILD)
        assert site.upload_plugin(upload) is True
        assert site.plugin_version(PLUGIN) == P1
        assert site.is_active(PLUGIN)
        assert "Forms: as it was" in site.get("/")[1]
    assert our_complaints(site) == ""


def test_what_no_zip_can_replace_is_guarded_and_not_offered(newer_wordpress: LiveWordPress) -> None:
    site = newer_wordpress
    header = "<?php\n/*\nPlugin Name: Small\nVersion: 1\n*/\n"
    site.add_plugin({"solo.php": header, "twin/one.php": header, "twin/two.php": header})
    site.add_theme({"group/inner/style.css": "/*\nTheme Name: Inner\nVersion: 1\n*/\n", "group/inner/index.php": ""})
    components = [
        component(slug, "build", "1.0.0.0-p1", b"", kind=kind, package=f"{BASE}/builds/{kind}/{slug}/x.zip")
        for kind, slug in (("plugin", "solo"), ("plugin", "twin/one"), ("theme", "group/inner"))
    ]
    with online(site) as (space, directory):
        for kind, name in (("plugin", "solo.php"), ("plugin", "twin/one.php"), ("theme", "group/inner")):
            directory.offer(kind, name, "1.1", b"")
        directory.offer("plugin", "twin/two.php", "1.1", b"", slug="two")
        assert set(offered(site)) == {"solo.php", "twin/one.php", "twin/two.php", "group/inner"}
        space.publish(*components)
        assert offered(site) == {"twin/two.php": "1.1"}
    assert our_complaints(site) == ""


def test_versions_that_are_held_are_kept_off_and_others_pass(newer_wordpress: LiveWordPress) -> None:
    site = newer_wordpress
    prepare(site)
    held = [[[">=", "1.2.4"], ["<", "1.3"]], [["=", "2.0"]]]
    with online(site) as (space, directory):
        space.publish(component("tidy-forms", "hold", held=held), component(THEME, "hold", held=held))
        for version in (STOCK4, "1.2.99", "2.0"):
            vendor_releases(directory, version)
            assert offered(site) == {}, version
        site.update_by_itself()
        assert versions(site) == ("1.2.3", "1.2.3")
        assert "Version 2.0 is out. Fernhill Web keeps it off" in site.get("/wp-admin/plugins.php", admin=True)[1]
        directory.offer("plugin", PLUGIN, "1.3", folder_zip(plugin("1.2.4")))
        assert offered(site)[PLUGIN] == "1.3"
        assert site.update_plugin(PLUGIN) is not True, "it is 1.2.4, whatever it was called"
        vendor_releases(directory, "1.3")
        site.update_by_itself()
        assert versions(site) == ("1.3", "1.3")
        stock = folder_zip(plugin("1.3.1"))
        space.publish(component("tidy-forms", "stock", "1.3.1"), component(THEME, "stock", held=[[[">", "1.3.1"]]]))
        directory.offer("plugin", PLUGIN, "1.3.1", stock)
        directory.offer("theme", THEME, "1.3.2", stock)
        assert offered(site) == {PLUGIN: "1.3.1"}, "a stock release that we may not hand out comes from its vendor"
        space.publish(component("tidy-forms", "stock", "1.3.2", stock), tidy_forms=stock)
        assert offered(site)[PLUGIN] == "1.3.2"
        directory.offer("plugin", PLUGIN, "1.3.3", stock)
        assert offered(site)[PLUGIN] == "1.3.3", "the vendor is quicker than we are"
    assert our_complaints(site) == ""

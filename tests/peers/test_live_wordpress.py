"""The writable WordPress of the tests does what a real one does with updates (the facts that our guard rests on)."""

from __future__ import annotations

import json

import pytest
from peers.live_wordpress import LiveWordPress
from peers.wordpress_org import WordPressOrgServer
from peers.zips import plugin_zip

pytestmark = pytest.mark.services

FORMS = "tidy-forms/tidy-forms.php"


def forms(version: str, update_uri: str = "") -> str:
    header = f"Plugin Name: Tidy Forms\nVersion: {version}\n" + (f"Update URI: {update_uri}\n" if update_uri else "")
    return f"<?php\n/*\n{header}*/\nadd_action( 'wp_footer', function () {{ echo 'forms {version}'; }} );\n"


def test_a_site_updates_itself_from_the_directory(live_wordpress: LiveWordPress) -> None:
    live_wordpress.add_plugin({FORMS: forms("1.2.3")}, activate=FORMS)
    with WordPressOrgServer() as directory:
        directory.add_plugin("tidy-forms", versions=["1.2.3", "1.2.4"])
        directory.add_download("plugin", "tidy-forms.1.2.4", plugin_zip({FORMS: forms("1.2.4")}))
        live_wordpress.internet({"api.wordpress.org": directory.url, "downloads.wordpress.org": directory.url})
        assert "forms 1.2.3" in live_wordpress.get()[1]

        assert live_wordpress.check_updates()["plugins"][FORMS]["new_version"] == "1.2.4"
        live_wordpress.switch_auto_updates(plugins=(FORMS,))
        live_wordpress.update_by_itself()

    assert live_wordpress.plugin_version(FORMS) == "1.2.4"
    assert live_wordpress.is_active(FORMS)
    assert "forms 1.2.4" in live_wordpress.get()[1]
    asked = [one for one in live_wordpress.requests if "/plugins/update-check/" in one["url"]]
    assert json.loads(asked[0]["body"]["plugins"])["plugins"][FORMS]["Version"] == "1.2.3"


def test_the_directory_leaves_what_has_another_update_address_alone(newer_wordpress: LiveWordPress) -> None:
    newer_wordpress.add_plugin({FORMS: forms("1.2.3", "https://updates.agency.example/tidy-forms/")}, activate=FORMS)
    with WordPressOrgServer() as directory:
        directory.add_plugin("tidy-forms", versions=["1.2.3", "1.2.4"])
        newer_wordpress.internet({"api.wordpress.org": directory.url})
        assert FORMS not in newer_wordpress.check_updates()["plugins"]

        directory.ignores_update_uri = True
        assert newer_wordpress.check_updates()["plugins"][FORMS]["new_version"] == "1.2.4"


def test_the_administrator_sees_the_plugins(newer_wordpress: LiveWordPress) -> None:
    newer_wordpress.add_plugin({FORMS: forms("1.2.3")})
    status, page = newer_wordpress.get("/wp-admin/plugins.php", admin=True)
    assert status == 200
    assert "Tidy Forms" in page
    assert "PHP Fatal" not in newer_wordpress.complaints

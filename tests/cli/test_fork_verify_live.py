"""``fork verify`` of a real WordPress over ``wp --ssh``: what is there, as the site's own PHP lists its files."""

from __future__ import annotations

import shutil
import zipfile

import pytest
from peers.live_wordpress import LiveWordPress
from peers.live_wp import LiveWp
from peers.wordpress_org import WordPressOrgServer
from workbench import make_carrying_workspace, plugin, write_files

pytestmark = pytest.mark.services
FORMS, P1 = "plugin/tidy-forms", "1.0.0.0-p1"
LISTED = f'[plugins]\ntidy-forms = "{P1}"\n'.encode()


@pytest.fixture
def directory():
    """WordPress.org, which lists nothing."""
    with WordPressOrgServer() as server:
        yield server


def test_a_real_site_is_seen_as_it_is(directory, newer_wordpress: LiveWordPress, tmp_path, monkeypatch):
    space = make_carrying_workspace(tmp_path / "agency")
    with (space.folder / "plugwatch.toml").open("a", encoding="utf-8") as settings:
        settings.write(f'\n[wordpress_org]\napi_url = "{directory.url}"\ndownloads_url = "{directory.url}"\n')
    space.do("fork", "build", FORMS, "--out", tmp_path / "out")
    wp = LiveWp(tmp_path / "bin")
    monkeypatch.setenv("PATH", wp.path)
    source = wp.source(newer_wordpress.root, ssh="web1")
    space.do("site", "add", "shop", "--client", "Shop Ltd", "--source", source)
    plugins = newer_wordpress.content / "plugins"
    with zipfile.ZipFile(tmp_path / "out" / f"tidy-forms.{P1}.zip") as archive:
        archive.extractall(plugins)
    # Whatever plugins print or break, the list is made without their code.
    write_files(plugins, {"noisy.php": b"<?php\n/* Plugin Name: Noisy */\necho 'noise'; undefined_function();\n"})
    space.do("site", "import", "shop", write_files(tmp_path, {"list.toml": LISTED}) / "list.toml")

    states = [look(space)]
    (plugins / "tidy-forms" / "uploads").mkdir()
    (plugins / "tidy-forms" / "uploads" / "x.phtml").write_text("<?php eval( 1 );")
    states.append(look(space))
    shutil.rmtree(plugins / "tidy-forms")
    write_files(plugins / "tidy-forms", plugin())
    states.append(look(space))
    shutil.rmtree(plugins / "tidy-forms")
    states.append(look(space))

    assert [(code, row["state"], row["certainty"]) for code, row in states] == [
        (0, "patched", "verified"),
        (3, "tampered", "verified"),
        (3, "lost", "verified"),
        (4, "unknown", "claimed"),
    ]


def look(space):
    answer = space.run("fork", "verify", "shop", FORMS, "--json")
    assert answer.out, answer
    return answer.code, answer.json["components"][0]

"""``plugwatch fork guard``: the file, the way it gets to a site, and what it needs before."""

from __future__ import annotations

import shlex
import subprocess

import pytest
from services import require
from workbench import Workspace, make_workspace

BASE = "https://updates.fernhill.example/wp"


@pytest.fixture
def agency(tmp_path) -> Workspace:
    """A workspace that says where its builds are published."""
    workspace = make_workspace(tmp_path / "ws")
    config = workspace.folder / "plugwatch.toml"
    config.write_text(config.read_text(encoding="utf-8") + f'\n[builds]\nupdate_uri = "{BASE}/"\n', encoding="utf-8")
    return workspace


def test_it_writes_the_plugin_of_the_agency_and_says_where_it_goes(agency, tmp_path):
    file = tmp_path / "out.php"
    answer = agency.do("fork", "guard", "--out", file)
    code = file.read_text(encoding="utf-8")
    assert f"= '{BASE}';" in code
    assert "= 'Fernhill Web';" in code
    assert "wp-content/mu-plugins/plugwatch-updates.php" in answer.out
    assert "define( 'PLUGWATCH_UPDATES_AUTH', 'user:password' );" in answer.err
    assert agency.do("fork", "guard", "--out", "-").out == code
    document = agency.do("fork", "guard", "--out", file, "--json").json
    assert document == {
        "file": str(file),
        "url": BASE,
        "agency": "Fernhill Web",
        "place": "wp-content/mu-plugins/plugwatch-updates.php",
        "constant": "define( 'PLUGWATCH_UPDATES_AUTH', 'user:password' );",
    }
    other = agency.do("fork", "guard", "--out", "-", "--url", "http://127.0.0.1:8080/").out
    assert "= 'http://127.0.0.1:8080';" in other


def test_it_stops_where_sites_would_take_updates_from_anybody(agency, tmp_path):
    file = tmp_path / "out.php"
    answer = agency.run("fork", "guard", "--out", file, "--url", "http://updates.fernhill.example")
    assert answer.code == 1
    assert "must be https" in answer.err
    answer = agency.run("fork", "guard", "--out", file, "--url", "")
    assert answer.code == 1
    assert "builds.update_uri" in answer.err
    assert agency.run("fork", "guard", "--out", "-", "--json").code == 2
    assert not file.exists()


@pytest.mark.services
def test_the_line_for_wp_puts_the_file_where_it_belongs(agency, tmp_path):
    file = tmp_path / "plugwatch-updates.php"
    line = agency.do("fork", "guard", "--out", file).err.rpartition("next: ")[2]
    words = shlex.split(line)
    assert words[:2] == ["wp", "eval"]
    assert words[3:] == ["<", str(file)]
    place = tmp_path / "site" / "mu-plugins"
    ready = (
        f"define( 'WPMU_PLUGIN_DIR', '{place}' ); function wp_mkdir_p( $dir ) {{ return mkdir( $dir, 0777, true ); }}"
    )
    subprocess.run([require("php", "php-cli"), "-r", ready + words[2]], input=file.read_bytes(), check=True)
    assert (place / file.name).read_bytes() == file.read_bytes()
    assert [path.name for path in place.iterdir()] == [file.name]

"""The facts that the example agency's story rests on, checked with the tools that people use today."""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
import tomli
from services import require

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"
RELEASES = EXAMPLES / "tidy-forms"
VERSIONS = ["1.2.3", "1.2.4", "1.2.5", "1.3.0"]
PATCH = EXAMPLES / "fix-nonce.patch"
PATCHED_FILE = "includes/class-tidy-forms-rest.php"

VERSION_OF_TIDY_FORMS = {
    "brightside-shop.json": "1.2.4",
    "brightside-blog.csv": None,
    "northgate-dental.txt": "1.2.4",
    "northgate-jobs.tsv": "1.2.3",
    "oakridge-choir.toml": "1.2.4",
    "earlier/brightside-shop.json": "1.2.3",
}


def _git(*args: str, cwd: Path) -> subprocess.CompletedProcess[bytes]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
    env = kept | {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "LC_ALL": "C"}
    return subprocess.run(["git", *args], cwd=cwd, env=env, capture_output=True, check=False)


def _files(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


@pytest.fixture
def checkout(tmp_path):
    """Makes a repository whose work tree is one release of the example plugin."""

    def make(version: str) -> Path:
        folder = tmp_path / version
        shutil.copytree(RELEASES / version, folder)
        assert _git("init", "--quiet", cwd=folder).returncode == 0
        return folder

    return make


@pytest.fixture
def merge(checkout, tmp_path):
    """Merges, as git does, the patched file on one release with the next release."""

    def run(mine: bytes, base: str, theirs: str) -> tuple[int, bytes]:
        (tmp_path / "mine").write_bytes(mine)
        names = [str(RELEASES / version / PATCHED_FILE) for version in (base, theirs)]
        result = _git("merge-file", "-p", "mine", *names, cwd=tmp_path)
        return result.returncode, result.stdout

    return run


@pytest.fixture
def patched(checkout):
    """The patched file as it stands on release 1.2.4."""
    folder = checkout("1.2.4")
    assert _git("apply", str(PATCH), cwd=folder).returncode == 0
    return (folder / PATCHED_FILE).read_bytes()


@pytest.mark.parametrize("version", VERSIONS)
def test_release_names_its_version_everywhere_that_wordpress_looks(version):
    files = _files(RELEASES / version)

    assert f" * Version:           {version}\n".encode() in files["tidy-forms.php"]
    assert f"define( 'TIDY_FORMS_VERSION', '{version}' );".encode() in files["tidy-forms.php"]
    assert f"Stable tag: {version}\n".encode() in files["readme.txt"]
    assert f"\n= {version} =\n".encode() in files["readme.txt"]
    assert f"Tidy Forms {version}\\n".encode() in files["languages/tidy-forms.pot"]


def test_bug_of_1_2_4_is_one_condition_in_one_file():
    before, after = _files(RELEASES / "1.2.3"), _files(RELEASES / "1.2.4")
    code = [name for name in after if before[name] != after[name] and b"1.2.4" not in after[name]]

    assert code == [PATCHED_FILE]
    assert b"if ( is_user_logged_in() && ! wp_verify_nonce(" in before[PATCHED_FILE]
    assert b"if ( '' === $nonce || ! wp_verify_nonce(" in after[PATCHED_FILE]


def test_patch_applies_exactly_to_1_2_4(checkout):
    folder = checkout("1.2.4")
    result = _git("apply", "--verbose", str(PATCH), cwd=folder)

    assert result.returncode == 0
    assert b"offset" not in result.stderr
    changed = {name for name, content in _files(RELEASES / "1.2.4").items() if (folder / name).read_bytes() != content}
    assert changed == {PATCHED_FILE}


def test_patch_changes_5_to_15_lines_and_says_why():
    lines = PATCH.read_text().splitlines()
    changed = [line for line in lines if line[:1] in "+-" and not line.startswith(("+++", "---"))]

    assert 5 <= len(changed) <= 15
    assert any(line.lstrip("+\t").startswith("//") for line in changed)


@pytest.mark.parametrize("version", ["1.2.5", "1.3.0"])
def test_patch_text_alone_does_not_fit_later_releases(checkout, version):
    assert _git("apply", "--check", str(PATCH), cwd=checkout(version)).returncode == 1


def test_three_way_merge_carries_the_patch_to_1_2_5(patched, merge):
    code, merged = merge(patched, "1.2.4", "1.2.5")
    theirs = (RELEASES / "1.2.5" / PATCHED_FILE).read_bytes()

    assert code == 0
    assert merged != theirs
    assert merged.count(b"if ( ! is_user_logged_in() ) {") == 1
    assert b"function is_short_enough(" in merged


def test_1_3_0_contains_the_patch_seen_from_1_2_4_and_from_1_2_5(patched, merge):
    released = (RELEASES / "1.3.0" / PATCHED_FILE).read_bytes()
    _, moved = merge(patched, "1.2.4", "1.2.5")

    assert merge(patched, "1.2.4", "1.3.0") == (0, released)
    assert merge(moved, "1.2.5", "1.3.0") == (0, released)


def test_1_3_0_brings_more_than_the_fix():
    before, after = _files(RELEASES / "1.2.5"), _files(RELEASES / "1.3.0")

    assert set(after) - set(before) == {"includes/class-tidy-forms-throttle.php"}
    assert len([name for name in before if before[name] != after[name]]) >= 5


@pytest.mark.services
@pytest.mark.parametrize("version", VERSIONS)
def test_php_parses_every_file_of_a_release(version):
    php = require("php", "php-cli")

    for path in sorted((RELEASES / version).rglob("*.php")):
        result = subprocess.run([php, "-n", "-l", str(path)], capture_output=True, text=True, check=False)
        assert result.returncode == 0, result.stdout


@pytest.mark.services
def test_php_parses_what_the_merge_made(patched, merge, tmp_path):
    php = require("php", "php-cli")
    (tmp_path / "merged.php").write_bytes(merge(patched, "1.2.4", "1.2.5")[1])

    result = subprocess.run([php, "-n", "-l", "merged.php"], cwd=tmp_path, capture_output=True, text=True, check=False)

    assert result.returncode == 0, result.stdout


def _rows(path: Path) -> dict[str, str]:
    """Slug to version of a list in one of the four WP-CLI shapes."""
    text = path.read_text()
    if path.suffix == ".json":
        return {row["name"]: row["version"] for row in json.loads(text)}
    if path.suffix == ".txt":
        text = "".join(line.strip("|\n").replace("|", "\t") + "\n" for line in text.splitlines() if "|" in line)
    reader = csv.reader(io.StringIO(text), delimiter="," if path.suffix == ".csv" else "\t")
    header, *rows = [[cell.strip() for cell in row] for row in reader]
    return {row[header.index("name")]: row[header.index("version")] for row in rows}


@pytest.mark.parametrize("name", [name for name in VERSION_OF_TIDY_FORMS if not name.endswith(".toml")])
def test_site_runs_the_release_that_the_story_says(name):
    rows = _rows(EXAMPLES / "sites" / name)

    assert rows.get("tidy-forms") == VERSION_OF_TIDY_FORMS[name]
    assert len(rows) >= 13


def test_choir_list_is_toml_that_names_plugins_and_themes():
    site = tomli.loads((EXAMPLES / "sites/oakridge-choir.toml").read_text())

    assert site["plugins"]["tidy-forms"]["version"] == VERSION_OF_TIDY_FORMS["oakridge-choir.toml"]
    assert len(site["plugins"]) >= 13
    assert site["themes"]


def test_every_site_has_one_list_and_stands_in_the_readme():
    lists = {path.name for path in (EXAMPLES / "sites").iterdir() if path.is_file()}
    readme = (EXAMPLES / "README.md").read_text()

    assert lists == {name for name in VERSION_OF_TIDY_FORMS if "/" not in name}
    for name in lists:
        version = VERSION_OF_TIDY_FORMS[name] or "not installed"
        assert any(f"`sites/{name}`" in line and line.endswith(f"| {version} |") for line in readme.splitlines())

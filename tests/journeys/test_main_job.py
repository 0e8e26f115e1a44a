"""The whole story on the bundled example, by the real commands: from a client's call to the release with the fix."""

from __future__ import annotations

import hashlib
import json
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from plugwatch.cli.main import run

EXAMPLES = Path(__file__).parents[2] / "examples"
SITES = (
    ("brightside-shop", "Brightside Bikes", "shop", "brightside-shop.json"),
    ("brightside-blog", "Brightside Bikes", "info", "brightside-blog.csv"),
    ("northgate-dental", "Northgate Dental", "lead", "northgate-dental.txt"),
    ("northgate-jobs", "Northgate Dental", "lead", "northgate-jobs.tsv"),
    ("oakridge-choir", "Oakridge Choir", "info", "oakridge-choir.toml"),
)
VENDOR = ("--vendor-email", "support@larkspur.example", "--vendor-url", "https://larkspur.example/tidy-forms/")
FIXED = "includes/class-tidy-forms-rest.php"

Command = Callable[..., Any]


@pytest.fixture(params=["sqlite", "postgresql"])
def plugwatch(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Command:
    """Run a command line with ``--json``; its document. The ledger is on each engine in turn, made by ``init``."""
    if request.param == "postgresql":
        monkeypatch.setenv("PLUGWATCH_DATABASE_URL", request.getfixturevalue("empty_postgres_url"))
    monkeypatch.setenv("PLUGWATCH_USER", "dana")
    monkeypatch.setenv("PLUGWATCH_WORKSPACE", str(tmp_path / "agency"))
    monkeypatch.chdir(tmp_path)
    identity = ("--agency", "Fernhill Web", "--email", "dev@fernhill.example", "--timezone", "Europe/Berlin")
    assert run(["init", "agency", *identity]) == 0

    def ran(*args: object, code: int = 0) -> Any:
        capsys.readouterr()
        ended = run([*map(str, args), "--json"])
        captured = capsys.readouterr()
        assert ended == code, f"plugwatch {args} ended with {ended}\n{captured.out}\n{captured.err}"
        return json.loads(captured.out) if captured.out else None

    return ran


def _zip(version: str, folder: Path) -> Path:
    """A release as a vendor ships it."""
    path = folder / f"tidy-forms.{version}.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for file in sorted((EXAMPLES / "tidy-forms" / version).rglob("*")):
            archive.write(file, Path("tidy-forms") / file.relative_to(EXAMPLES / "tidy-forms" / version))
    return path


def _git(fork: Path, *args: str) -> str:
    return subprocess.run(["git", "-C", fork, *args], capture_output=True, check=True, text=True).stdout


def _the_agency_knows_what_runs_where(plugwatch: Command) -> None:
    for site, client, tier, file in SITES:
        plugwatch("site", "add", site, "--client", client, "--tier", tier, "--php", "8.3", "--wordpress", "6.9.1")
        plugwatch("site", "import", site, EXAMPLES / "sites" / file)
    plugwatch("site", "import", "brightside-shop", EXAMPLES / "sites" / "themes" / "brightside-shop.json")
    where = plugwatch("component", "where", "tidy", "--version", ">=1.2.4,<1.3")
    assert where["component"] == "plugin/tidy-forms"
    assert [row["site"] for row in where["installations"]] == ["brightside-shop", "northgate-dental", "oakridge-choir"]


def _two_clients_call(plugwatch: Command) -> None:
    first = plugwatch("incident", "open", "brightside-shop", "tidy", "the form says that our session has expired")
    assert (first["incident"], first["joined"], first["severity"]) == ("INC-1", False, "high")
    assert [row["site"] for row in first["other_sites"]] == ["northgate-dental", "oakridge-choir"]
    second = plugwatch("incident", "open", "northgate-dental", "tidy", "no enquiries any more", "--heard", "mail")
    assert (second["incident"], second["joined"]) == ("INC-1", True)
    plugwatch(
        *("incident", "set", "INC-1", "--trigger", "update", "--affected", ">=1.2.4"),
        *("--steps", "Put the form on a cached page.\nSend it while logged out."),
        *("--expected", "The message is sent.", "--actual", "The visitor reads that the session has expired."),
    )


def _a_patch_is_carried(plugwatch: Command, tmp_path: Path) -> str:
    release = _zip("1.2.4", tmp_path)
    created = plugwatch("fork", "create", "plugin/tidy-forms", "--from", release)
    assert (created["version"], created["files"]) == ("1.2.4", 10)
    assert created["sha256"] == hashlib.sha256(release.read_bytes()).hexdigest()
    patch = plugwatch(
        *("patch", "import", "tidy-forms", EXAMPLES / "fix-nonce.patch", "--incident", "INC-1"),
        *("--title", "Accept the form from cached pages", "--why", "A page cache hands out old nonces."),
    )
    assert (patch["on"], patch["files"]) == ("1.2.4", [FIXED])
    identity: str = patch["patch"]
    return identity


def _it_is_moved_to_the_next_release(plugwatch: Command, patch: str, tmp_path: Path) -> None:
    plugwatch("fork", "import", "tidy-forms", "--from", _zip("1.2.5", tmp_path))
    forecast = plugwatch("fork", "forecast", "tidy-forms", "--to", "latest")
    upgraded = plugwatch("fork", "upgrade", "tidy-forms", "--to", "1.2.5")
    for plan in (forecast, upgraded):
        assert (plan["from"], plan["to"], plan["status"]) == ("1.2.4", "1.2.5", "clean")
        [row] = plan["patches"]
        assert (row["id"], row["verdict"], row["files"]) == (patch, "carried", [FIXED])
        assert row["evidence"]
    assert upgraded["tree"] == forecast["tree"]
    assert upgraded["branch"] == "carried/1.2.5"


def _it_is_built_and_seen_on_a_site(plugwatch: Command, patch: str, tmp_path: Path) -> None:
    built = plugwatch("fork", "build", "tidy-forms", "--out", tmp_path / "builds")
    again = plugwatch("fork", "build", "tidy-forms", "--out", tmp_path / "again")
    assert (built["build"], built["patches"]) == ("1.2.5.0-p1", [patch])
    assert (again["build"], again["sha256"]) == (built["build"], built["sha256"])
    content = Path(built["zip"]).read_bytes()
    assert hashlib.sha256(content).hexdigest() == built["sha256"]
    with zipfile.ZipFile(built["zip"]) as archive:
        assert {name.split("/")[0] for name in archive.namelist()} == {"tidy-forms"}
        assert b"is_user_logged_in" in archive.read(f"tidy-forms/{FIXED}")
        assert b"Version:" in archive.read("tidy-forms/tidy-forms.php")
    listed = [{"name": "tidy-forms", "status": "active", "update": "none", "version": built["build"]}]
    seen = tmp_path / "seen.json"
    seen.write_text(json.dumps(listed), encoding="utf-8")
    plugwatch("site", "import", "brightside-shop", seen, "--type", "plugins", "--partial")
    rows = plugwatch("component", "where", "tidy", "--version", "=1.2.5")["installations"]
    assert [(row["site"], row["base_version"], row["build"]) for row in rows] == [
        ("brightside-shop", "1.2.5", "1.2.5.0-p1")
    ]


def _the_vendor_is_written_to(plugwatch: Command, tmp_path: Path) -> None:
    for number, road in enumerate(("github-pr", "trac", "forum", "email"), 1):
        draft = plugwatch("submission", "draft", "INC-1", "--via", road, *VENDOR)
        assert (draft["submission"], draft["channel"], draft["status"]) == (f"SUB-{number}", road, "draft")
        assert [check["check"] for check in draft["checks"] if not check["ok"]] == []
        texts = [draft["title"], draft["body"], *(Path(f["path"]).read_text(encoding="utf-8") for f in draft["files"])]
        for secret in ("brightside", "northgate", "oakridge", "fernhill-", "plugwatch", ".0-p1", str(tmp_path)):
            assert not any(secret in text.casefold() for text in texts), f"{road} tells {secret}"
    fork = tmp_path / "agency" / "forks" / "plugin" / "tidy-forms.git"
    [branch] = [
        ref
        for ref in _git(fork, "for-each-ref", "--format=%(refname)", "refs/heads").split()
        if ref not in ("refs/heads/upstream",) and "carried" not in ref
    ]
    assert "plugwatch" not in _git(fork, "log", "-1", "--format=%B%an%ae%cn%ce", branch).casefold()


def _the_release_that_contains_it_comes(plugwatch: Command, patch: str, tmp_path: Path) -> None:
    plugwatch("fork", "import", "tidy-forms", "--from", _zip("1.3.0", tmp_path))
    forecast = plugwatch("fork", "forecast", "tidy-forms", "--to", "latest")
    assert (forecast["to"], forecast["status"]) == ("1.3.0", "clean")
    [row] = forecast["patches"]
    assert (row["id"], row["verdict"]) == (patch, "landed")
    upgraded = plugwatch("fork", "upgrade", "tidy-forms", "--to", "1.3.0")
    assert upgraded["patches"][0]["verdict"] == "landed"
    fork = tmp_path / "agency" / "forks" / "plugin" / "tidy-forms.git"
    assert upgraded["tree"] == _git(fork, "rev-parse", "refs/tags/upstream/1.3.0^{tree}").strip()


def test_from_the_call_to_the_release_that_contains_the_fix(plugwatch, tmp_path):
    _the_agency_knows_what_runs_where(plugwatch)
    _two_clients_call(plugwatch)
    patch = _a_patch_is_carried(plugwatch, tmp_path)
    _it_is_moved_to_the_next_release(plugwatch, patch, tmp_path)
    _it_is_built_and_seen_on_a_site(plugwatch, patch, tmp_path)
    _the_vendor_is_written_to(plugwatch, tmp_path)
    _the_release_that_contains_it_comes(plugwatch, patch, tmp_path)

    shown = plugwatch("incident", "show", "INC-1")
    assert {(i["site"], i["state"]) for i in shown["impacts"]} == {
        ("brightside-shop", "affected"),
        ("northgate-dental", "affected"),
        ("oakridge-choir", "in_triage"),
    }
    assert [(p["patch"], p["dropped_in"]) for p in shown["patches"]] == [(patch, "1.3.0")]
    assert [s["channel"] for s in shown["submissions"]] == ["github-pr", "trac", "forum", "email"]
    assert len(shown["calls"]) == len(shown["promises"]) == 2
    assert shown["turn"] == "us"


def test_two_people_who_import_the_same_releases_get_the_same_commits(tmp_path, capsys):
    commits = []
    for name, order in (("one", ("1.2.4", "1.3.0")), ("two", ("1.3.0", "1.2.4"))):
        workspace = tmp_path / name
        assert run(["init", str(workspace), "--agency", name]) == 0
        for verb, version in zip(("create", "import"), order, strict=True):
            source = EXAMPLES / "tidy-forms" / version if name == "one" else _zip(version, tmp_path)
            command = ["fork", verb, "plugin/tidy-forms", "--from", str(source), "--workspace", str(workspace)]
            assert run(command) == 0, capsys.readouterr().err
        fork = workspace / "forks" / "plugin" / "tidy-forms.git"
        commits.append(_git(fork, "for-each-ref", "--format=%(refname) %(objectname)", "refs/tags/upstream"))

    assert commits[0] == commits[1]
    assert commits[0].count("refs/tags/upstream/") == 2


def test_what_is_left_behind_is_plain_git(plugwatch, tmp_path):
    _the_agency_knows_what_runs_where(plugwatch)
    _two_clients_call(plugwatch)
    patch = _a_patch_is_carried(plugwatch, tmp_path)
    fork = tmp_path / "agency" / "forks" / "plugin" / "tidy-forms.git"

    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "-q", "-b", "carried/1.2.4", fork, clone], check=True, capture_output=True)

    assert f"Plugwatch-Patch: {patch}" in _git(clone, "log", "-1", "--format=%B")
    assert "is_user_logged_in" in (clone / FIXED).read_text(encoding="utf-8")
    _git(fork, "fsck", "--strict")
    diff = _git(fork, "diff", "--stat", "upstream/1.2.4", "carried/1.2.4")
    assert FIXED in diff
    assert "1 file changed" in diff

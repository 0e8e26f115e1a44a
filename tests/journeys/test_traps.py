"""The traps of carrying patches, each as a user meets it: one test for each, through the commands alone.

First the eighteen that other systems fall into, in their own order, then the shapes of changes that vendors make.
"""

from __future__ import annotations

import difflib
import hashlib
import json
import os
import shutil
import subprocess
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from killing import Commands, copy_folder
from peers.wordpress_org import WordPressOrgServer
from workbench import (
    Answer,
    Workspace,
    environment,
    fsck,
    git,
    git_text,
    mail_file,
    make_workspace,
    plugin,
    public_refs,
    snapshot,
    write_files,
    zip_files,
)

TIDY = "plugin/tidy-forms"
MAIL = "includes/mail.php"
PICTURE = bytes(range(256)) * 8
WAITS_A_MINUTE = mail_file(seconds=60)


class Story:
    """A workspace with one fork, and short words for what a user does to it."""

    def __init__(self, workspace: Workspace, folder: Path) -> None:
        self.workspace, self.folder = workspace, folder
        self.directory = workspace.fork()
        self.run, self.do = workspace.run, workspace.do

    def release(self, version: str, files: Mapping[str, bytes], *, executable: str = "") -> dict[str, Any]:
        """Import a release from a folder."""
        verb = "import" if self.directory.exists() else "create"
        folder = self._folder(files, executable)
        document: dict[str, Any] = self.do("fork", verb, TIDY, "--version", version, "--from", folder, "--json").json
        return document

    def capture(self, files: Mapping[str, bytes], title: str, *args: str, executable: str = "") -> str:
        """Carry what differs in an edited copy; the id of the patch."""
        folder = self._folder(files, executable)
        answer = self.do("patch", "capture", TIDY, folder, "--title", title, "--why", "Needed.", *args, "--json")
        return str(answer.json["patch"])

    def import_diff(self, diff: str | bytes, *args: str) -> Answer:
        """``patch import`` of a file."""
        path = self.folder / "fix.patch"
        path.write_bytes(diff if isinstance(diff, bytes) else diff.encode())
        return self.run("patch", "import", TIDY, path, "--title", "Fix", "--why", "Needed.", *args)

    def forecast(self, version: str) -> dict[str, str]:
        """The verdict on each patch by its title; nothing may be written for that."""
        before = snapshot(self.directory)
        answer = self.run("fork", "forecast", TIDY, "--to", version, "--json")
        assert snapshot(self.directory) == before
        assert answer.code == (0 if answer.json["status"] == "clean" else 3), answer
        return {row["title"]: row["verdict"] for row in answer.json["patches"]}

    def upgrade(self, version: str, *accept: str) -> Any:
        """Carry the patches to a release, or stop with three and leave every ref where it is."""
        before = public_refs(self.directory)
        answer = self.run("fork", "upgrade", TIDY, "--to", version, *(f"--accept={p}" for p in accept), "--json")
        if answer.code:
            assert answer.code == 3, answer
            assert public_refs(self.directory) == before
        assert fsck(self.directory) == ""
        return answer.json

    def verdict(self, version: str) -> str:
        """What became of the only patch in an upgrade, which a forecast has said before."""
        foretold = self.forecast(version)
        [row] = self.upgrade(version)["patches"]
        assert foretold == {row["title"]: row["verdict"]}
        assert row["evidence"]
        return str(row["verdict"])

    def carried(self, path: str, version: str) -> bytes:
        """A file of a release with its patches."""
        return git(self.directory, "cat-file", "blob", f"carried/{version}:{path}")

    def build(self, version: str) -> dict[str, bytes]:
        """The files of a build, by their path in the component's folder."""
        made = self.do("fork", "build", TIDY, "--version", version, "--out", self.folder / "out", "--json").json
        with zipfile.ZipFile(made["zip"]) as archive:
            return {name.partition("/")[2]: archive.read(name) for name in archive.namelist()}

    def _folder(self, files: Mapping[str, bytes], executable: str = "") -> Path:
        folder = self.folder / f"copy-{len(list(self.folder.glob('copy-*')))}"
        write_files(folder, files)
        if executable:
            (folder / executable).chmod(0o755)
        return folder


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace without a fork."""
    return make_workspace(tmp_path_factory.mktemp("template") / "ws").folder


@pytest.fixture(scope="module")
def waiting_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with release 1.0.0 and a patch on it: the mail waits a minute, not ten seconds."""
    folder = tmp_path_factory.mktemp("waiting")
    story = Story(make_workspace(folder / "ws"), folder)
    story.release("1.0.0", plugin())
    story.capture(plugin(mail=WAITS_A_MINUTE), "Wait")
    return story.workspace.folder


def _copy(template: Path, folder: Path) -> Story:
    return Story(Workspace(Path(shutil.copytree(template, folder / "ws"))), folder)


@pytest.fixture
def story(template: Path, tmp_path: Path) -> Story:
    """A workspace without a fork."""
    return _copy(template, tmp_path)


@pytest.fixture
def waiting(waiting_template: Path, tmp_path: Path) -> Story:
    """A copy of the workspace with the patch."""
    return _copy(waiting_template, tmp_path)


def _diff(before: bytes, after: bytes, path: str = MAIL) -> str:
    old, new = before.decode().splitlines(keepends=True), after.decode().splitlines(keepends=True)
    lines = difflib.unified_diff(old, new, f"a/{path}", f"b/{path}")
    return f"diff --git a/{path} b/{path}\n{''.join(lines)}"


# The eighteen


def test_trap_01_a_patch_is_applied_inside_a_repository_of_a_site(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    """``git apply`` in a plugin's folder inside a site's repository skips every file and exits with 0."""
    story.release("1.0.0", plugin())
    diff = _diff(mail_file(), WAITS_A_MINUTE)
    site = story.folder / "site"
    installed = write_files(site / "wp-content" / "plugins" / "tidy-forms", plugin())
    git(site, "init", "--quiet")
    (story.folder / "fix.patch").write_text(diff)
    git(installed, "apply", story.folder.as_posix() + "/fix.patch")
    assert (installed / MAIL).read_bytes() == mail_file()  # the trap: no error, no change
    monkeypatch.chdir(installed)
    with environment(GIT_DIR=str(site / ".git"), GIT_WORK_TREE=str(site), GIT_PREFIX="wp-content/"):
        assert story.import_diff(diff).code == 0
        assert story.carried(MAIL, "1.0.0") == WAITS_A_MINUTE
        again = story.import_diff(diff)
    assert (again.code, again.out) == (1, "")  # what would change nothing is an error
    assert git_text(site, "for-each-ref") == ""


def test_trap_02_a_patch_is_never_put_where_it_does_not_belong(story: Story) -> None:
    """GNU patch finds another function with one line of fuzz, reports success, and changes the wrong one."""
    method = "function {0}() {{\n\t$x = load();\n\tif ( $x ) {{\n\t\treturn {1};\n\t}}\n\treturn true;\n}}\n\n"
    old = "<?php\n\n" + method.format("delete", 1) + method.format("archive", 1)
    meant = old.replace("return 1", "return 0", 1)
    vendor = "<?php\n\n// Moved.\n\n" + method.format("archive", 1)
    diff = _diff(old.encode(), meant.encode(), "a.php")
    if shutil.which("patch"):
        target = story.folder / "a.php"
        target.write_text(vendor)
        done = subprocess.run(["patch", "-s", "-p1", target], input=diff.encode(), check=False, capture_output=True)
        assert done.returncode == 0
        assert target.read_text() == vendor.replace("return 1", "return 0")  # the trap: archive() is changed
    story.release("2.0.0", plugin() | {"a.php": vendor.encode()})
    before = public_refs(story.directory)
    refused = story.import_diff(diff)
    assert (refused.code, refused.out) == (1, "")
    assert "a.php" in refused.err
    assert public_refs(story.directory) == before


def test_trap_03_a_fix_that_the_release_has_is_dropped_with_its_evidence(waiting: Story) -> None:
    """After an import commit ``git cherry`` says that it is missing, and a rebase drops it with a line."""
    waiting.release("2.0.0", plugin("2.0.0", mail=WAITS_A_MINUTE))
    assert waiting.verdict("2.0.0") == "landed"
    assert waiting.carried(MAIL, "2.0.0") == WAITS_A_MINUTE
    refs = git_text(waiting.directory, "for-each-ref", "--format=%(refname)", "refs/plugwatch/ops").split()
    records = [json.loads(git(waiting.directory, "show", f"{ref}:operation.json")) for ref in refs]
    [drop] = [row for record in records for row in record["rows"]["drops"]]
    assert (drop["verdict"], drop["version"]) == ("landed", "2.0.0")
    assert drop["evidence"]


def test_trap_04_a_fix_that_was_taken_in_another_form_is_not_put_in_again(waiting: Story) -> None:
    """The vendor takes the change over, with other white space."""
    spaced = WAITS_A_MINUTE.replace(b"\t$wait = 60;", b"    $wait  =  60;")
    waiting.release("2.0.0", plugin("2.0.0", mail=spaced))
    assert waiting.forecast("2.0.0")["Wait"] in {"landed", "landed-variant"}
    plan = waiting.upgrade("2.0.0")
    if plan["status"] != "clean":
        plan = waiting.upgrade("2.0.0", plan["patches"][0]["id"])
    assert plan["branch"] == "carried/2.0.0"
    assert waiting.carried(MAIL, "2.0.0") == spaced


@pytest.mark.parametrize(
    "theirs",
    [
        b"$wait = 10; // $wait = 60;",
        b"/* $wait = 60; */ $wait = 10;",
        b"$wait = 10; if ( $slow ) $wait = 60;",
        b"if ( $slow ) { $wait = 60; } else { $wait = 10; }",
    ],
    ids=["after a comment sign", "in a comment", "under a condition", "in one of two branches"],
)
def test_trap_04_the_words_of_a_fix_are_not_the_fix(waiting: Story, theirs: bytes) -> None:
    """The release has every token of the change, and still does what the patch ends: to drop it would lose the fix."""
    waiting.release("2.0.0", plugin("2.0.0", mail=mail_file().replace(b"$wait = 10;", theirs)))
    assert waiting.forecast("2.0.0")["Wait"] != "landed"


def test_trap_05_a_fix_that_landed_elsewhere_blocks_until_a_person_decides(story: Story) -> None:
    """The merge is clean, and the filter would be added twice."""
    lines = [f"add_action( 'init', 'tidy_start_{n}' );\n" for n in range(30)]
    fix = "add_filter( 'wp_mail', 'tidy_mail_sender', 10, 2 );\n"

    def main(at: int | None) -> bytes:
        body = lines if at is None else [*lines[:at], fix, *lines[at:]]
        return ("<?php\n/*\n * Plugin Name: Tidy Forms\n */\n" + "".join(body)).encode()

    story.release("1.0.0", plugin(main=main(None)))
    patch = story.capture(plugin(main=main(5)), "Filter")
    story.release("2.0.0", plugin(main=main(20)))
    assert story.verdict("2.0.0") == "would-double"
    blocked = story.run("fork", "build", TIDY, "--version", "2.0.0", "--out", story.folder)
    assert (blocked.code, blocked.out) == (1, "")
    assert story.upgrade("2.0.0", patch)["status"] == "clean"
    assert git(story.directory, "cat-file", "blob", "carried/2.0.0:tidy-forms.php").count(fix.encode()) == 1


def test_trap_06_no_patch_leaves_a_stack_without_a_reason(waiting: Story) -> None:
    """Neither by a command without a reason nor in an upgrade: what is not carried on was dropped with a verdict."""
    second = waiting.capture(plugin(mail=WAITS_A_MINUTE, readme=b"=== Tidy Forms ===\nOurs.\n"), "Name it")
    first = waiting.do("patch", "list", TIDY, "--json").json[0]["patch"]
    before = public_refs(waiting.directory)
    for args in (("patch", "drop", second), ("patch", "drop", second, "--why", " ")):
        refused = waiting.run(*args)
        assert (refused.code != 0, refused.out) == (True, ""), refused
    assert public_refs(waiting.directory) == before
    waiting.release("2.0.0", plugin("2.0.0", mail=WAITS_A_MINUTE))
    plan = waiting.upgrade("2.0.0")
    kept = [row["patch"] for row in waiting.do("patch", "list", TIDY, "--json").json]
    dropped = [row["id"] for row in plan["patches"] if row["verdict"] == "landed"]
    assert ([first], [second]) == (dropped, kept)


@pytest.mark.parametrize(
    "args",
    [
        ("patch", "import", "plugin/tidy-from", "fix.patch", "--title", "T"),
        ("patch", "import", TIDY, "fix.patch", "--title", "T"),
        ("patch", "import", TIDY, "composer.json"),
        ("patch", "capture", TIDY, "copy", "--title", "T", "--only", "includes/mial.php"),
        ("fork", "upgrade", TIDY, "--to", "1.0.0", "--accept", "pw-aaaaaaaaaa"),
        ("fork", "upgrade", TIDY, "--to", "1.0"),
        ("fork", "forecast", "plugin/tidy-from", "--to", "latest"),
        ("patch", "import", TIDY, "nowhere.patch", "--title", "T"),
    ],
    ids=[
        "a component",
        "a file of a patch",
        "a package of composer.json",
        "a path of a copy",
        "a patch to accept",
        "a release",
        "a fork",
        "a patch file",
    ],
)
def test_trap_07_a_target_that_is_not_there_is_an_error(
    waiting: Story, monkeypatch: pytest.MonkeyPatch, args: tuple[str, ...]
) -> None:
    """A typing error in a package or a path means elsewhere that a patch is silently left out."""
    (waiting.folder / "fix.patch").write_text(_diff(b"a\n", b"b\n", "includes/mial.php"))
    listed = {"extra": {"patches": {"wpackagist-plugin/tidy-from": {"Fix": "fix.patch"}}}}
    (waiting.folder / "composer.json").write_text(json.dumps(listed))
    write_files(waiting.folder / "copy", plugin(readme=b"Ours.\n"))
    monkeypatch.chdir(waiting.folder)
    before = public_refs(waiting.directory)
    refused = waiting.run(*args)
    assert (refused.code, refused.out, refused.err.count("\n")) == (1, "", 1), refused
    assert public_refs(waiting.directory) == before


def test_trap_08_a_lock_is_never_older_than_what_it_locks(waiting: Story) -> None:
    """A build's lock file names its patches; other patches are another build. And no dead process keeps a lock."""
    made = [waiting.do("fork", "build", TIDY, "--out", waiting.folder / "out", "--json").json]
    lock = Path(made[0]["lock"])
    told = lock.read_bytes()
    waiting.capture(plugin(mail=WAITS_A_MINUTE, readme=b"=== Tidy Forms ===\nOurs.\n"), "Name it")
    (waiting.directory / "plugwatch.lock").write_text("'fork upgrade' (process 1 of nobody on gone)")
    (waiting.directory / "packed-refs.lock").write_bytes(b"")
    made.append(waiting.do("fork", "build", TIDY, "--out", waiting.folder / "out", "--json").json)
    assert [one["build"] for one in made] == ["1.0.0.0-p1", "1.0.0.0-p2"]
    assert [len(one["patches"]) for one in made] == [1, 2]
    assert lock.read_bytes() == told
    assert not (waiting.directory / "packed-refs.lock").exists()


def test_trap_09_all_patches_are_tried_and_each_says_why(story: Story) -> None:
    """The first failure hides the others, or is told without a reason."""
    story.release("1.0.0", plugin() | {"style.css": b"a {}\n"})
    changes = {
        "Wait": {"mail": WAITS_A_MINUTE},
        "Name it": {"mail": WAITS_A_MINUTE, "readme": b"=== Tidy Forms ===\nOurs.\n"},
    }
    for title, change in changes.items():
        story.capture(plugin(**change) | {"style.css": b"a {}\n"}, title)
    story.capture(plugin(**changes["Name it"]) | {"style.css": b"a {}\n\nb {}\n"}, "Style")
    vendor = plugin("2.0.0", mail=mail_file(seconds=60), readme=b"=== Tidy Forms ===\nTheirs, not ours.\n")
    story.release("2.0.0", vendor | {"style.css": b"a {}\n"})
    answer = story.run("fork", "forecast", TIDY, "--to", "2.0.0", "--json")
    assert answer.code == 3
    rows = {row["title"]: row for row in answer.json["patches"]}
    assert rows["Wait"]["verdict"] == "landed"
    assert rows["Name it"]["verdict"] not in {"landed", "carried"}
    assert rows["Style"]["verdict"] == "carried"
    assert all(row["evidence"] for row in rows.values())
    text = story.run("fork", "forecast", TIDY, "--to", "2.0.0").out
    assert all(f"{row['id']}: {row['evidence'][0]}" in text for row in rows.values())


def test_trap_10_the_same_version_with_other_bytes_is_an_alarm(waiting: Story) -> None:
    """Directories have shipped other code under a version that people had already."""
    first = git_text(waiting.directory, "rev-parse", "upstream/1.0.0")
    folder = write_files(waiting.folder / "again", plugin(readme=b"Other bytes.\n"))
    again = waiting.do("fork", "import", TIDY, "--from", folder, "--json")
    assert (again.json["version"], "other bytes than before" in again.json["alarm"]) == ("1.0.0+r2", True)
    assert "warning: " in again.err
    assert git_text(waiting.directory, "rev-parse", "upstream/1.0.0") == first
    assert waiting.do("fork", "import", TIDY, "--from", folder, "--json").json["version"] == "1.0.0+r2"


def test_trap_11_the_plugins_own_git_files_change_nothing(story: Story) -> None:
    """A plugin's ``.gitignore`` drops its ``vendor`` folder, its ``.gitattributes`` change line ends and hide tests."""
    files = plugin() | {
        ".gitignore": b"vendor/\n*.min.js\n",
        ".gitattributes": b"* text=auto eol=lf\n*.php ident filter=x\ntests export-ignore\n",
        "vendor/a.php": b"<?php // $Id$\r\n",
        "a.min.js": b"x\r\n",
        "tests/t.php": b"<?php // t\r\n",
    }
    story.release("1.0.0", files)
    edited = files | {"vendor/a.php": b"<?php // $Id$ ours\r\n"}
    story.capture(edited, "Vendor")
    listed = git_text(story.directory, "ls-tree", "-r", "--name-only", "carried/1.0.0").splitlines()
    assert {path: story.carried(path, "1.0.0") for path in listed} == edited
    story.release("2.0.0", files | {"a.min.js": b"y\r\n"})
    assert story.verdict("2.0.0") == "carried"
    built = story.build("2.0.0")
    assert {path: built[path] for path in ("tests/t.php", "a.min.js", ".gitattributes", ".gitignore")} == {
        path: (files | {"a.min.js": b"y\r\n"})[path]
        for path in ("tests/t.php", "a.min.js", ".gitattributes", ".gitignore")
    }
    assert b"$Id$ ours\r\n" in built["vendor/a.php"]


def test_trap_12_line_ends_and_a_missing_last_one_are_kept(story: Story) -> None:
    """CRLF and a file without a final newline go through import, capture, upgrade and build byte for byte."""
    crlf, bare = mail_file().replace(b"\n", b"\r\n"), b"=== Tidy Forms ===\nForms, tidied."
    story.release("1.0.0", plugin(mail=crlf, readme=bare))
    ours, ours_bare = crlf.replace(b"= 10;", b"= 60;"), bare.replace(b"===\n", b"===\nOurs.\n")
    story.capture(plugin(mail=ours, readme=ours_bare), "Wait")
    vendor = crlf.replace(b"'New message'", b"'Hello'")
    story.release("2.0.0", plugin("2.0.0", mail=vendor, readme=bare + b" Twice."))
    assert (story.carried(MAIL, "1.0.0"), story.carried("readme.txt", "1.0.0")) == (ours, ours_bare)
    assert story.verdict("2.0.0") == "carried"
    assert story.carried(MAIL, "2.0.0") == vendor.replace(b"= 10;", b"= 60;")
    assert story.carried("readme.txt", "2.0.0") == b"=== Tidy Forms ===\nOurs.\nForms, tidied. Twice."
    built = story.build("1.0.0")
    assert b"\t$wait = 60;\r\n" in built[MAIL]
    assert b"\n" not in built[MAIL].replace(b"\r\n", b"")


def test_trap_13_the_same_zip_is_the_same_commit_for_everybody(story: Story, template: Path) -> None:
    """Two people who import the same bytes, in whatever order, converge."""
    other = _copy(template, story.folder / "other")
    zips = [zip_files(story.folder / f"{v}.zip", plugin(v)) for v in ("1.0.0", "2.0.0")]
    for person, order in ((story, zips), (other, zips[::-1])):
        for number, path in enumerate([*order, *order]):
            person.do("fork", "import" if number else "create", TIDY, "--from", path)
    assert public_refs(story.directory) == public_refs(other.directory)


def test_trap_14_a_build_is_the_same_in_two_time_zones(waiting: Story) -> None:
    """``git archive`` writes the clock of the machine into a ZIP."""
    sums = []
    for zone in ("Pacific/Kiritimati", "America/Los_Angeles"):
        out = waiting.folder / zone
        with environment(TZ=zone):
            answer = waiting.workspace.run_apart("fork", "build", TIDY, "--out", out, "--json")
        assert answer.code == 0, answer
        made = answer.json
        sums.append([hashlib.sha256(Path(made[key]).read_bytes()).hexdigest() for key in ("zip", "manifest", "lock")])
    assert sums[0] == sums[1]


def test_trap_15_what_sites_run_is_told_apart(waiting: Story) -> None:
    """Patched, pristine, another version, and a version that no vendor gave, by what a site's list shows.

    Files that were edited under the vendor's version cannot be seen in a list; 'fork verify' will compare them.
    """
    build = waiting.do("fork", "build", TIDY, "--out", waiting.folder, "--json").json["build"]
    for site, version in (("patched", build), ("pristine", "1.0.0"), ("other", "2.0.0"), ("edited", "1.0.0-custom")):
        rows = [{"name": "tidy-forms", "status": "active", "update": "none", "version": version}]
        listed = waiting.folder / f"{site}.json"
        listed.write_text(json.dumps(rows))
        waiting.do("site", "add", site, "--client", "acme")
        waiting.do("site", "import", site, listed)
    rows = waiting.do("component", "where", TIDY, "--json").json["installations"]
    told = {row["site"]: (row["base_version"], row["build"], row["sign"]) for row in rows}
    assert told == {
        "patched": ("1.0.0", build, "our-build"),
        "pristine": ("1.0.0", None, None),
        "other": ("2.0.0", None, None),
        "edited": ("1.0.0-custom", None, "possible-fork"),
    }
    [patch] = waiting.do("patch", "list", TIDY, "--json").json
    assert (patch["sites_with_build"], patch["sites_with_component"]) == (1, 4)


def test_trap_16_what_a_person_said_survives_the_nightly_check(waiting: Story) -> None:
    """A yes to a release, and a stance, hold until somebody takes them back. Trackers cannot be polled yet."""
    waiting.release("2.0.0", plugin("2.0.0", mail=mail_file(seconds=15)))
    [patch] = waiting.do("patch", "list", TIDY, "--json").json
    assert waiting.forecast("2.0.0")["Wait"] not in {"carried", "landed"}
    waiting.do("patch", "stance", patch["patch"], "wait", "--why", "they are at it")
    waiting.do("patch", "accept", patch["patch"], "--in", "2.0.0", "--why", "fifteen will do")
    with WordPressOrgServer() as server:
        settings = waiting.workspace.folder / "plugwatch.toml"
        settings.write_text(settings.read_text() + f'\n[wordpress_org]\napi_url = "{server.url}"\n')
        for _night in range(2):
            checked = waiting.do("check", "--json").json
            assert [row["accepted"] for row in checked["forecasts"][0]["patches"]] == [True]
        assert len(server.requests) == 2
    [after] = waiting.do("patch", "list", TIDY, "--json").json
    assert (after["stance"], after["stance_reason"]) == ("wait", "they are at it")


def test_trap_17_what_only_looks_writes_and_sends_nothing(waiting: Story) -> None:
    """Forecasts, dry runs, lists and drafts; nothing can be sent yet, and a draft says so by its status."""
    waiting.release("2.0.0", plugin("2.0.0", mail=mail_file(subject="'Hello'")))
    adopted = write_files(waiting.folder / "adopted" / "tidy-tables", plugin())
    (waiting.folder / "list.json").write_text('[{"name":"a","status":"active","update":"none","version":"1"}]')
    waiting.do("site", "add", "shop", "--client", "acme")
    [patch] = waiting.do("patch", "list", TIDY, "--json").json
    before = snapshot(waiting.workspace.folder / "forks")
    known = _told(waiting)
    looks = [
        ("fork", "forecast", TIDY, "--to", "2.0.0"),
        ("fork", "forecast", "--all", "--to", "latest"),
        ("fork", "adopt", adopted, "plugin/tidy-tables", "--dry-run", "--offline"),
        ("site", "import", "shop", waiting.folder / "list.json", "--dry-run"),
        ("patch", "show", patch["patch"], "--against", "2.0.0"),
        ("patch", "lint"),
        ("fork", "log", TIDY),
        ("doctor",),
    ]
    for look in looks:
        assert waiting.run(*look).code in {0, 1, 3}, look
        assert snapshot(waiting.workspace.folder / "forks") == before, look
        assert _told(waiting) == known, look
    draft = waiting.run("submission", "draft", patch["patch"], "--via", "forum", "--json")
    assert (draft.code in {0, 3}, draft.json["status"]) == (True, "draft")


def _told(story: Story) -> list[Any]:
    """What the ledger tells of sites and patches."""
    lists = (
        ("site", "list"),
        ("component", "where", TIDY),
        ("patch", "list"),
        ("fork", "list"),
        ("submission", "list"),
    )
    return [story.do(*command, "--json").json for command in lists]


def test_trap_18_a_crash_in_the_middle_leaves_the_refs_before_or_after(waiting: Story, killer: Commands) -> None:
    """A few of the kills that tests/journeys/test_kills.py aims at every writing command."""
    waiting.release("2.0.0", plugin("2.0.0", mail=mail_file(subject="'Hello'")))
    pristine = waiting.workspace.folder.rename(waiting.folder / "pristine")
    before = public_refs(pristine / "forks" / f"{TIDY}.git")
    args = ("fork", "upgrade", TIDY, "--to", "2.0.0")
    copy_folder(pristine, waiting.workspace.folder)
    kills = killer.plan(waiting.workspace, *args)
    after = public_refs(waiting.directory)
    assert after.keys() - before.keys() == {"refs/heads/carried/2.0.0"}
    for kill in [kill for kill in kills if kill.how != "outlived"][::20]:
        copy_folder(pristine, waiting.workspace.folder)
        killer.run(waiting.workspace, *args, kill=kill)
        killer.do(waiting.workspace, "fork", "show", TIDY)
        assert public_refs(waiting.directory) in (before, after), kill
        assert fsck(waiting.directory) == ""


# What vendors do to files


def test_trap_a_file_that_the_vendor_removed_is_left_to_a_person(waiting: Story) -> None:
    waiting.release("2.0.0", plugin("2.0.0", mail=None))
    assert waiting.verdict("2.0.0") == "conflict"


@pytest.mark.parametrize(("seconds", "verdict"), [(10, "carried"), (60, "landed")])
def test_trap_a_file_that_the_vendor_renamed_and_edited_is_followed(waiting: Story, seconds: int, verdict: str) -> None:
    moved = mail_file(seconds=seconds, subject="'Hello'")
    waiting.release("2.0.0", plugin("2.0.0", mail=None) | {"src/Mailer/class-mail.php": moved})
    assert waiting.verdict("2.0.0") == verdict
    assert waiting.carried("src/Mailer/class-mail.php", "2.0.0") == moved.replace(b"= 10;", b"= 60;")
    assert b"mail.php" not in git(waiting.directory, "ls-tree", "carried/2.0.0", "includes/")


@pytest.mark.parametrize(
    ("theirs", "verdict"),
    [(PICTURE, "carried"), (PICTURE + b"ours", "landed"), (PICTURE + b"theirs", "conflict")],
    ids=["untouched", "taken", "changed"],
)
def test_trap_a_binary_file_is_carried_whole_or_left_to_a_person(story: Story, theirs: bytes, verdict: str) -> None:
    story.release("1.0.0", plugin() | {"logo.png": PICTURE})
    story.capture(plugin() | {"logo.png": PICTURE + b"ours"}, "Logo")
    story.release("2.0.0", plugin("2.0.0") | {"logo.png": theirs})
    assert story.verdict("2.0.0") == verdict
    if verdict != "conflict":
        assert story.carried("logo.png", "2.0.0") == PICTURE + b"ours"


@pytest.mark.parametrize(("theirs", "verdict"), [("", "carried"), ("run.sh", "landed")])
def test_trap_a_mode_is_carried_until_the_release_has_it(story: Story, theirs: str, verdict: str) -> None:
    files = plugin() | {"run.sh": b"#!/bin/sh\n"}
    story.release("1.0.0", files)
    diff = "diff --git a/run.sh b/run.sh\nold mode 100644\nnew mode 100755\n"
    assert story.import_diff(diff).code == 0
    story.release("2.0.0", files | {"readme.txt": b"New\n"}, executable=theirs)
    assert story.verdict("2.0.0") == verdict
    assert git_text(story.directory, "ls-tree", "carried/2.0.0", "run.sh").startswith("100755 ")


def test_trap_a_symbolic_link_comes_in_by_no_road(waiting: Story) -> None:
    before = public_refs(waiting.directory)
    folder = write_files(waiting.folder / "linked", plugin("2.0.0"))
    (folder / "passwd").symlink_to("/etc/passwd")
    archive = waiting.folder / "linked.zip"
    shutil.copy(zip_files(waiting.folder / "plain.zip", plugin("2.0.0")), archive)
    with zipfile.ZipFile(archive, "a") as made:
        link = zipfile.ZipInfo("tidy-forms/passwd")
        link.external_attr = 0o120777 << 16
        made.writestr(link, "/etc/passwd")
    diff = "diff --git a/l b/l\nnew file mode 120000\n--- /dev/null\n+++ b/l\n@@ -0,0 +1 @@\n+/etc/passwd\n"
    answers = [
        waiting.run("fork", "import", TIDY, "--from", folder),
        waiting.run("fork", "import", TIDY, "--from", archive),
        waiting.run("patch", "capture", TIDY, folder, "--title", "T"),
        waiting.import_diff(diff),
    ]
    for answer in answers:
        assert (answer.code, answer.out, answer.err.count("\n")) == (1, "", 1), answer
        assert "link" in answer.err
    assert public_refs(waiting.directory) == before


def test_trap_a_plugin_of_ten_thousand_files_is_forecast_with_few_processes(story: Story) -> None:
    many = {f"vendor/p{n % 100}/c{n}.php": b"<?php // %d\n" % (n % 500) for n in range(10_000)}
    moved = {path.replace("vendor/", "lib/"): content for path, content in many.items()}
    zips = {
        "1.0.0": plugin() | many,
        "2.0.0": plugin("2.0.0", mail=mail_file(subject="'Hello'")) | moved,
    }
    for version, files in zips.items():
        path = zip_files(story.folder / f"{version}.zip", files)
        story.do("fork", "create" if version == "1.0.0" else "import", TIDY, "--from", path)
    story.import_diff(_diff(mail_file(), WAITS_A_MINUTE), "--on", "1.0.0")
    real, calls = shutil.which("git"), story.folder / "calls"
    script = story.folder / "bin" / "git"
    write_files(script.parent, {"git": f'#!/bin/sh\necho "$@" >> {calls}\nexec {real} "$@"\n'.encode()})
    script.chmod(0o755)
    with environment(PATH=f"{script.parent}:{os.environ['PATH']}"):
        assert story.forecast("2.0.0") == {"Fix": "carried"}
    assert len(calls.read_text().splitlines()) <= 25


@pytest.mark.parametrize(
    ("theirs", "verdicts"),
    [(b"<?php // ours\n", {"landed"}), (b"<?php // theirs\n", {"conflict", "landed-variant"})],
    ids=["same", "other"],
)
def test_trap_a_file_that_both_have_added(story: Story, theirs: bytes, verdicts: set[str]) -> None:
    story.release("1.0.0", plugin())
    story.capture(plugin() | {"includes/new.php": b"<?php // ours\n"}, "New file")
    story.release("2.0.0", plugin("2.0.0") | {"includes/new.php": theirs})
    assert story.verdict("2.0.0") in verdicts


@pytest.mark.parametrize("whole", [False, True], ids=["lines", "a file"])
@pytest.mark.parametrize(("vendor", "verdict"), [("keeps", "carried"), ("removes", "landed")])
def test_trap_a_patch_that_only_deletes(story: Story, whole: bool, vendor: str, verdict: str) -> None:
    tracking = b"<?php\ntrack_visitors();\n"
    phone = mail_file().replace(b"\treturn wp_mail", b"\ttidy_phone_home( $message );\n\treturn wp_mail")
    old = plugin(mail=mail_file() if whole else phone) | ({"track.php": tracking} if whole else {})
    story.release("1.0.0", old)
    story.capture(plugin(), "No tracking")
    hello = mail_file(subject="'Hello'")
    told = old | plugin("2.0.0", mail=hello if whole else phone.replace(b"'New message'", b"'Hello'"))
    story.release("2.0.0", told if vendor == "keeps" else plugin("2.0.0", mail=hello))
    assert story.verdict("2.0.0") == verdict
    assert story.carried(MAIL, "2.0.0") == hello
    assert b"track.php" not in git(story.directory, "ls-tree", "carried/2.0.0")


def test_trap_two_patches_in_one_hunk(story: Story) -> None:
    """Each is judged and dropped for itself, though git shows both as one change."""
    lines = b"<?php\n$a = 1;\n$b = 1;\n$c = 1;\n"
    first, second = (
        lines.replace(b"$a = 1", b"$a = 2"),
        lines.replace(b"$a = 1", b"$a = 2").replace(b"$b = 1", b"$b = 2"),
    )
    story.release("1.0.0", plugin() | {"o.php": lines})
    story.capture(plugin() | {"o.php": first}, "First")
    story.capture(plugin() | {"o.php": second}, "Second")
    story.release("2.0.0", plugin("2.0.0", readme=b"New.\n") | {"o.php": lines + b"$d = 1;\n"})
    assert story.forecast("2.0.0") == {"First": "carried", "Second": "carried"}
    assert story.upgrade("2.0.0")["status"] == "clean"
    assert story.carried("o.php", "2.0.0") == second + b"$d = 1;\n"
    story.release("3.0.0", plugin("3.0.0") | {"o.php": first})
    assert story.forecast("3.0.0") == {"First": "landed", "Second": "carried"}
    assert story.upgrade("3.0.0")["status"] == "clean"
    assert story.carried("o.php", "3.0.0") == second
    [left] = story.do("patch", "list", TIDY, "--json").json
    assert left["title"] == "Second"


def test_trap_releases_are_skipped_and_gone_back_to(waiting: Story) -> None:
    """The release that has the fix comes first; the ones before it still get the patch."""
    for version, mail in (
        ("1.1.0", mail_file(subject="'Greetings'")),
        ("2.0.0", mail_file(subject="'Hello'")),
        ("3.0.0", mail_file(seconds=60, subject="'Hello'")),
    ):
        waiting.release(version, plugin(version, mail=mail))
    assert [waiting.verdict(version) for version in ("3.0.0", "2.0.0", "1.1.0")] == ["landed", "carried", "carried"]
    assert waiting.carried(MAIL, "2.0.0") == mail_file(seconds=60, subject="'Hello'")
    assert waiting.carried(MAIL, "1.1.0") == mail_file(seconds=60, subject="'Greetings'")
    shown = waiting.do("fork", "show", TIDY, "--json").json["releases"]
    assert {row["version"]: len(row["patches"]) for row in shown} == {"1.0.0": 1, "1.1.0": 1, "2.0.0": 1, "3.0.0": 0}

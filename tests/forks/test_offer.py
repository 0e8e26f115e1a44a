"""A patch offered to the vendor's own repository: its place there, its verdict, and the commit to pull."""

from __future__ import annotations

import subprocess
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest
from workbench import (
    AGENCY,
    git,
    git_text,
    mail_file,
    make_carrying_workspace,
    plugin,
    write_files,
)

from plugwatch.errors import ForkError
from plugwatch.forks.fork import Fork, ForkStore
from plugwatch.forks.git import EMPTY_TREE, ZERO, TreeEntry
from plugwatch.forks.offer import NoPlaceError, Offer, Proposal, branch_name, find_in, make_offer
from plugwatch.forks.vendor_repository import Snapshot, VendorRepository
from plugwatch.model.component import Component
from plugwatch.model.fork import Patch, Release, StackEntry

TIDY = Component("plugin", "tidy-forms")
PATCHED = mail_file(seconds=60)
Files = Mapping[str, bytes | None]


class Vendor:
    """A vendor's repository in a folder of this machine, and a fork of ours with one patch on release 1.0.0."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.work = folder / "tidy"
        self.work.mkdir(parents=True)
        git(self.work, "init", "--quiet", "--initial-branch=trunk")
        git(self.work, "config", "uploadpack.allowFilter", "true")
        self.fork = ForkStore(folder / "forks").create(TIDY)
        self.release = Release("1.0.0", ZERO, EMPTY_TREE)
        self.entries: list[StackEntry] = []

    def commit(self, files: Files, message: str = "Work", *, tag: str | None = None) -> str:
        """One more commit of the vendor's; None takes a file out."""
        write_files(self.work, {path: content for path, content in files.items() if content is not None})
        for path, content in files.items():
            if content is None:
                (self.work / path).unlink()
        git(self.work, "add", "--all", "--force")
        git(self.work, "commit", "--quiet", "--allow-empty", f"--message={message}")
        if tag:
            git(self.work, "tag", tag)
        return git_text(self.work, "rev-parse", "HEAD")

    def ship(self, files: Mapping[str, bytes], patched: Files, *, title: str = "Wait a minute", why: str = "") -> None:
        """Release 1.0.0 in our fork, and a patch on it that leaves these files."""
        self.release = Release("1.0.0", ZERO, self.tree(files))
        self.entries = []
        edited = {path: content for path, content in {**files, **patched}.items() if content is not None}
        self.patch(edited, title, why)

    def patch(self, files: Mapping[str, bytes], title: str, why: str = "") -> None:
        """One more patch on the release; these are all files with it and those below it."""
        below = self.entries[-1].tree if self.entries else self.release.tree
        facts = Patch(f"pw-{'a' * 9}{'bcd'[len(self.entries)]}", title, why, AGENCY, "1779278400 +0200", "1.0.0")
        self.entries.append(StackEntry(facts, ZERO, below, self.tree(files)))

    def tree(self, files: Mapping[str, bytes]) -> str:
        """A tree in our fork."""
        blobs = self.fork.git.write_blobs(files.values())
        return self.fork.git.write_tree({p: TreeEntry("100644", b) for p, b in zip(files, blobs, strict=True)})

    def proposal(self, number: int = 0) -> Proposal:
        """One of the patches."""
        entry = self.entries[number]
        message = f"{entry.patch.title}\n\n{entry.patch.why}".strip()
        return Proposal(self.fork, self.release, entry, AGENCY, message)

    @property
    def mirror(self) -> VendorRepository:
        """The repository as we have it."""
        return VendorRepository(self.folder / "forks", str(self.work))

    def offer(self, number: int = 0) -> Offer:
        """What becomes of a patch on the default branch of today."""
        return make_offer(self.proposal(number), self.mirror, self.mirror.fetch(version="1.0.0", slug="tidy-forms"))

    def show(self, offer: Offer) -> dict[str, tuple[str, bytes]]:
        """The files that the offered commit changes, with mode and content; ``-`` for those that are gone."""
        assert offer.commit is not None, offer.evidence
        mirror = self.mirror.directory
        rows = git_text(mirror, "diff-tree", "-r", "--no-renames", f"{offer.commit}^", offer.commit).splitlines()
        found = {}
        for row in rows:
            head, path = row.split("\t")
            mode, blob = head.split()[1], head.split()[3]
            found[path] = ("-", b"") if set(blob) == {"0"} else (mode, git(mirror, "cat-file", "blob", blob))
        return found


@pytest.fixture
def vendor(tmp_path: Path) -> Vendor:
    """A vendor whose repository is empty."""
    return Vendor(tmp_path)


def crlf(content: bytes) -> bytes:
    return content.replace(b"\n", b"\r\n")


def test_a_patch_stands_on_the_newest_commit_and_changes_its_own_file_alone(vendor: Vendor) -> None:
    vendor.commit(plugin("1.0.0"), tag="1.0.0")
    tip = vendor.commit(plugin("1.1.0", mail=mail_file(subject="'Hello'")) | {"tests/test-mail.php": b"<?php\n"})
    vendor.ship(plugin("1.0.0"), {"includes/mail.php": PATCHED}, why="Ten seconds are not enough.")
    offer = vendor.offer()
    assert (offer.state, offer.verdict, offer.base_branch, offer.base) == ("ready", "carried", "trunk", tip)
    assert (offer.branch, offer.files) == ("fix/wait-a-minute", ("includes/mail.php",))
    expected = mail_file(seconds=60, subject="'Hello'")
    assert vendor.show(offer) == {"includes/mail.php": ("100644", expected)}
    head, _blank, message = git_text(vendor.mirror.directory, "cat-file", "commit", str(offer.commit)).partition("\n\n")
    who = f"{AGENCY} {vendor.proposal().entry.patch.date}"
    assert head.splitlines()[1:] == [f"parent {tip}", f"author {who}", f"committer {who}"]
    assert message == "Wait a minute\n\nTen seconds are not enough."


def test_the_same_patch_on_the_same_state_is_the_same_commit_and_a_reworked_one_goes_on_top(vendor: Vendor) -> None:
    vendor.commit(plugin("1.0.0"), tag="v1.0.0")
    vendor.ship(plugin("1.0.0"), {"includes/mail.php": PATCHED})
    first, again = vendor.offer(), vendor.offer()
    assert first == again
    tip = vendor.commit({"readme.txt": b"=== Tidy Forms ===\nMore.\n"})
    later = vendor.offer()
    assert later.branch == first.branch
    assert later.commit != first.commit
    assert git_text(vendor.mirror.directory, "rev-parse", f"{later.commit}^") == tip


@pytest.mark.parametrize(
    ("folder", "tag"), [("trunk/", "1.0.0"), ("plugins/tidy-forms/", "tidy-forms@1.0.0"), ("trunk/", None)]
)
def test_the_shipped_tree_is_mapped_to_the_repositorys_layout(vendor: Vendor, folder: str, tag: str | None) -> None:
    there = {folder + path: content for path, content in plugin("1.0.0").items()}
    vendor.commit(there | {"plugins/other/readme.txt": b"Another\n", "package.json": b"{}\n"}, tag=tag)
    vendor.commit({f"{folder}readme.txt": b"=== Tidy Forms ===\nMore.\n"})
    shipped = plugin("1.0.0") | {"assets/app.min.js": b"a()", "vendor/autoload.php": b"<?php\n"}
    vendor.ship(shipped, {"includes/mail.php": PATCHED, "includes/new.php": b"<?php // new\n"})
    assert vendor.show(vendor.offer()) == {
        f"{folder}includes/mail.php": ("100644", PATCHED),
        f"{folder}includes/new.php": ("100644", b"<?php // new\n"),
    }


@pytest.mark.parametrize("path", ["assets/app.min.js", "build/new.js", "generated.php"])
def test_what_is_built_cannot_be_patched_there_and_is_named(vendor: Vendor, path: str) -> None:
    vendor.commit(plugin("1.0.0"), tag="1.0.0")
    shipped = plugin("1.0.0") | {"assets/app.min.js": b"a()", "build/app.js": b"b()", "generated.php": b"<?php\n"}
    vendor.ship(shipped, {"includes/mail.php": PATCHED, path: b"changed();\n"})
    with pytest.raises(NoPlaceError, match=r"is built") as caught:
        vendor.offer()
    assert str(caught.value).startswith(path)
    assert caught.value.exit_code == 3


def test_a_repository_of_something_else_is_told(vendor: Vendor) -> None:
    vendor.commit({"other.php": b"<?php\n", "readme.txt": b"Other\n"})
    vendor.ship(plugin("1.0.0"), {"includes/mail.php": PATCHED})
    with pytest.raises(NoPlaceError, match=r"/tidy does not hold the files of plugin/tidy-forms 1\.0\.0; name the rep"):
        vendor.offer()


# Is it there already?


@pytest.mark.parametrize("taken", [PATCHED, mail_file(seconds=60, subject="'Hello'"), crlf(PATCHED)])
def test_a_fix_that_the_default_branch_has_is_not_offered(vendor: Vendor, taken: bytes) -> None:
    vendor.commit(plugin("1.0.0"), tag="1.0.0")
    vendor.commit({"includes/mail.php": taken})
    vendor.ship(plugin("1.0.0"), {"includes/mail.php": PATCHED})
    offer = vendor.offer()
    assert (offer.state, offer.verdict, offer.commit) == ("there", "landed", None)
    assert offer.evidence
    assert "the release" not in " ".join(offer.evidence)
    assert "default branch" in offer.evidence[0]


def test_a_clash_is_told_to_a_person_with_its_files(vendor: Vendor) -> None:
    files = {f"src/{path}": content for path, content in plugin("1.0.0").items()}
    vendor.commit(files, tag="1.0.0")
    vendor.commit({"src/includes/mail.php": mail_file(seconds=30)})
    vendor.ship(plugin("1.0.0"), {"includes/mail.php": PATCHED})
    offer = vendor.offer()
    assert (offer.state, offer.verdict, offer.commit) == ("person", "conflict", None)
    assert offer.files == ("src/includes/mail.php",)
    assert "the patch and the default branch change the same lines" in offer.evidence[0]


def test_a_function_that_came_in_another_file_would_be_there_twice(vendor: Vendor) -> None:
    vendor.commit(plugin("1.0.0"), tag="1.0.0")
    vendor.commit({"includes/more.php": b"<?php\nfunction tidy_retry() {\n\treturn 3;\n}\n"})
    added = mail_file() + b"\nfunction tidy_retry() {\n\treturn 5;\n}\n"
    vendor.ship(plugin("1.0.0"), {"includes/mail.php": added})
    offer = vendor.offer()
    assert (offer.state, offer.verdict) == ("person", "would-double")
    assert "includes/more.php" in offer.evidence[0]


def test_a_file_that_the_vendor_has_taken_out_is_a_conflict(vendor: Vendor) -> None:
    vendor.commit(plugin("1.0.0"), tag="1.0.0")
    vendor.commit({"includes/mail.php": None})
    vendor.ship(plugin("1.0.0"), {"includes/mail.php": PATCHED})
    offer = vendor.offer()
    assert (offer.state, offer.verdict) == ("person", "conflict")


def test_an_open_pull_request_with_the_same_content_is_found(vendor: Vendor) -> None:
    vendor.commit(plugin("1.0.0"), tag="1.0.0")
    for number, content in (("7", mail_file(subject="'Hello'")), ("8", PATCHED), ("9", None)):
        git(vendor.work, "switch", "--quiet", "--detach", "trunk")
        vendor.commit({"includes/mail.php": content} if content else dict.fromkeys(plugin("1.0.0")))
        git(vendor.work, "update-ref", f"refs/pull/{number}/head", "HEAD")
    git(vendor.work, "switch", "--quiet", "trunk")
    vendor.ship(plugin("1.0.0"), {"includes/mail.php": PATCHED})
    refs = [f"refs/pull/{number}/head" for number in (7, 8, 9, 10)]
    there = vendor.mirror.fetch(refs, version="1.0.0")
    assert list(there.refs) == refs[:3]
    found = find_in(vendor.proposal(), vendor.mirror, there, there.refs)
    assert [(row.name, row.verdict) for row in found] == [("refs/pull/8/head", "landed")]
    assert "pull request" in found[0].evidence[0]
    assert vendor.offer().state == "ready"


# How files are kept there


def test_the_repositorys_line_ends_mark_and_modes_stay(vendor: Vendor) -> None:
    mixed = b"<?php\r\n// one\n// two\r\n// three\r\n"
    vendor.commit(plugin("1.0.0") | {"bin/run.php": b"<?php\n// run\n", "mixed.php": mixed})
    (vendor.work / "bin/run.php").chmod(0o755)
    vendor.commit({}, tag="1.0.0")
    shipped = {path: crlf(content) for path, content in plugin("1.0.0").items()} | {
        "bin/run.php": b"\xef\xbb\xbf<?php\n// run\n",
        "mixed.php": mixed.replace(b"\r\n", b"\n"),
    }
    vendor.ship(
        shipped,
        {
            "includes/mail.php": crlf(PATCHED),
            "includes/new.php": b"<?php\r\n// new\r\n",
            "bin/run.php": b"\xef\xbb\xbf<?php\n// run faster\n",
            "mixed.php": b"<?php\n// one\n// two\n// new\n// three\n",
        },
    )
    assert vendor.show(vendor.offer()) == {
        "includes/mail.php": ("100644", PATCHED),
        "includes/new.php": ("100644", b"<?php\n// new\n"),
        "bin/run.php": ("100755", b"<?php\n// run faster\n"),
        "mixed.php": ("100644", b"<?php\r\n// one\n// two\r\n// new\r\n// three\r\n"),
    }


def test_what_the_repository_calls_text_is_kept_with_unix_line_ends(vendor: Vendor) -> None:
    attributes = {".gitattributes": b"* text=auto\n", "raw/.gitattributes": b"*.php -text\n"}
    git(vendor.work, "config", "core.autocrlf", "false")
    kept_raw = {"raw/one.php": b"<?php // 1\r\n"}
    vendor.commit(plugin("1.0.0") | attributes | kept_raw, tag="1.0.0")
    shipped = plugin("1.0.0") | kept_raw
    new = {"docs/new.md": b"# New\r\n", "raw/new.php": b"<?php // 2\r\n", "raw/one.php": b"<?php // 1\r\n// 2\r\n"}
    vendor.ship(shipped, new)
    assert vendor.show(vendor.offer()) == {
        "docs/new.md": ("100644", b"# New\n"),
        "raw/new.php": ("100644", b"<?php // 2\r\n"),
        "raw/one.php": ("100644", b"<?php // 1\r\n// 2\r\n"),
    }


def test_files_that_are_new_deleted_moved_and_binary(vendor: Vendor) -> None:
    image = bytes(range(256))
    more = {
        "assets/logo.png": image,
        "includes/old.php": b"<?php\n// old\n",
        "includes/a.php": mail_file(subject="'a'"),
    }
    vendor.commit({f"src/{path}": content for path, content in (plugin("1.0.0") | more).items()}, tag="1.0.0")
    vendor.ship(
        plugin("1.0.0") | more,
        {
            "assets/logo.png": image + b"\0more",
            "assets/new.png": b"\0new",
            "includes/old.php": None,
            "includes/a.php": None,
            "includes/deep/b.php": mail_file(subject="'a'", seconds=12),
            "tool.sh": b"#!/bin/sh\n",
        },
    )
    assert vendor.show(vendor.offer()) == {
        "src/assets/logo.png": ("100644", image + b"\0more"),
        "src/assets/new.png": ("100644", b"\0new"),
        "src/includes/old.php": ("-", b""),
        "src/includes/a.php": ("-", b""),
        "src/includes/deep/b.php": ("100644", mail_file(subject="'a'", seconds=12)),
        "src/tool.sh": ("100755", b"#!/bin/sh\n"),
    }


def test_a_patch_follows_a_file_that_the_vendor_has_moved(vendor: Vendor) -> None:
    vendor.commit(plugin("1.0.0"), tag="1.0.0")
    vendor.commit({"includes/mail.php": None, "includes/post/sender.php": mail_file(subject="'Hello'")})
    vendor.ship(plugin("1.0.0"), {"includes/mail.php": PATCHED})
    assert vendor.show(vendor.offer()) == {
        "includes/post/sender.php": ("100644", mail_file(subject="'Hello'", seconds=60))
    }


def test_a_patch_of_line_ends_alone_has_no_place(vendor: Vendor) -> None:
    vendor.commit(plugin("1.0.0"), tag="1.0.0")
    shipped = plugin("1.0.0") | {"includes/mail.php": crlf(mail_file())}
    vendor.ship(shipped, {"includes/mail.php": mail_file()})
    with pytest.raises(NoPlaceError, match="changes line ends or modes only"):
        vendor.offer()


def test_line_ends_that_the_repository_would_not_keep_are_no_change(vendor: Vendor) -> None:
    vendor.commit(plugin("1.0.0") | {".gitattributes": b"* text\n"}, tag="1.0.0")
    vendor.ship(plugin("1.0.0"), {"includes/mail.php": crlf(mail_file())})
    offer = vendor.offer()
    assert (offer.state, offer.verdict, offer.files) == ("there", "landed", ("includes/mail.php",))
    assert offer.evidence == ("the default branch has the same files, but for line ends",)


def test_a_line_with_other_ends_than_its_file_gets_those_of_the_repository(vendor: Vendor) -> None:
    vendor.commit(plugin("1.0.0"), tag="1.0.0")
    vendor.ship(plugin("1.0.0"), {"includes/mail.php": PATCHED.replace(b" = 60;\n", b" = 60;\r\n")})
    assert vendor.show(vendor.offer()) == {"includes/mail.php": ("100644", PATCHED)}


def test_what_lies_in_lfs_is_for_a_person(vendor: Vendor) -> None:
    pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 3\n"
    vendor.commit(plugin("1.0.0") | {"logo.png": pointer}, tag="1.0.0")
    vendor.ship(plugin("1.0.0") | {"logo.png": b"\0a"}, {"logo.png": b"\0b"})
    with pytest.raises(NoPlaceError, match=r"logo\.png is kept in Git LFS"):
        vendor.offer()


def test_links_and_submodules_of_the_repository_are_no_files_of_a_release(vendor: Vendor) -> None:
    (vendor.work / "includes").mkdir()
    (vendor.work / "includes/mail.php").symlink_to("/etc/passwd")
    files = {path: content for path, content in plugin("1.0.0").items() if path != "includes/mail.php"}
    vendor.commit(files, tag="1.0.0")
    vendor.ship(plugin("1.0.0"), {"includes/mail.php": PATCHED})
    with pytest.raises(NoPlaceError, match=r"includes/mail\.php is shipped, but not in"):
        vendor.offer()


# What is never offered


def test_no_mark_of_our_builds_is_in_an_offer(tmp_path: Path) -> None:
    workspace = make_carrying_workspace(tmp_path / "agency")
    settings = workspace.folder / "plugwatch.toml"
    settings.write_text(f'{settings.read_text()}\n[builds]\nupdate_uri = "https://updates.agency.example"\n')
    workspace.do("fork", "build", "plugin/tidy-forms", "--out", tmp_path / "out")
    with zipfile.ZipFile(next((tmp_path / "out").rglob("*.zip"))) as archive:
        archive.extractall(tmp_path / "site")
    main = tmp_path / "site/tidy-forms/tidy-forms.php"
    marks = (b"Update URI", b"-p1", b"Fernhill", b"pw-", b"plugwatch", b"modified")
    assert marks[0] in main.read_bytes()
    assert marks[1] in main.read_bytes()
    main.write_bytes(main.read_bytes() + b"\nadd_action( 'init', 'tidy_init' );\n")
    workspace.do("patch", "capture", "plugin/tidy-forms", main.parent, "--title", "Start at init")
    vendor = Vendor(tmp_path)
    vendor.fork = Fork(workspace.fork(), TIDY)
    vendor.release, vendor.entries = vendor.fork.release("1.0.0"), vendor.fork.stack("1.0.0")
    vendor.commit(plugin("1.0.0"), tag="1.0.0")
    for number, path in enumerate(("includes/mail.php", "tidy-forms.php")):
        offer = vendor.offer(number)
        assert list(vendor.show(offer)) == [path]
        raw = git(vendor.mirror.directory, "cat-file", "commit", str(offer.commit)).partition(b"\n\n")[2]
        change = git(vendor.mirror.directory, "diff", f"{offer.commit}^", str(offer.commit))
        assert not [mark for mark in marks if mark in change + raw]


def test_what_plugwatch_writes_itself_is_refused(vendor: Vendor) -> None:
    vendor.commit(plugin("1.0.0"), tag="1.0.0")
    vendor.ship(plugin("1.0.0"), {"plugwatch-manifest.json": b"{}\n", "readme.txt": b"=== Tidier Forms ===\n"})
    with pytest.raises(ForkError, match=r"changes plugwatch-manifest\.json, which plugwatch makes"):
        vendor.offer()


def test_a_patch_on_another_one_waits_for_that(vendor: Vendor) -> None:
    vendor.commit(plugin("1.0.0"), tag="1.0.0")
    vendor.ship(plugin("1.0.0"), {"includes/mail.php": PATCHED})
    vendor.patch(plugin("1.0.0") | {"includes/mail.php": mail_file(seconds=90)}, "Wait longer")
    with pytest.raises(ForkError, match="builds on a patch below it"):
        vendor.offer(1)
    assert vendor.offer(0).state == "ready"


def test_of_a_stack_each_patch_is_offered_alone(vendor: Vendor) -> None:
    vendor.commit(plugin("1.0.0"), tag="1.0.0")
    vendor.ship(plugin("1.0.0"), {"includes/mail.php": PATCHED})
    edited = plugin("1.0.0") | {"includes/mail.php": PATCHED, "readme.txt": b"=== Tidy Forms ===\nTidier.\n"}
    vendor.patch(edited, "Say more")
    assert list(vendor.show(vendor.offer(1))) == ["readme.txt"]


def test_a_branch_is_named_after_the_patch_and_after_none_of_the_vendors() -> None:
    def named(*branches: str, title: str = "Don't fail: Größe «x»") -> str:
        return branch_name(title, "pw-abc", Snapshot("trunk", "0" * 40, None, {}, frozenset(branches)))

    assert named() == "fix/don-t-fail-gr-e-x"
    assert named("fix") == "fix-don-t-fail-gr-e-x"
    assert named("fix/don-t-fail-gr-e-x") == "fix/don-t-fail-gr-e-x-pw-abc"
    assert named("fix/don-t-fail-gr-e-x/more") == "fix/don-t-fail-gr-e-x-pw-abc"
    assert named(title="«»") == "fix/pw-abc"
    assert len(named(title="word " * 40)) <= len("fix/") + 50


def test_what_is_offered_can_be_pulled_and_is_sound(vendor: Vendor) -> None:
    vendor.commit(plugin("1.0.0"), tag="1.0.0")
    vendor.ship(plugin("1.0.0"), {"includes/mail.php": PATCHED})
    offer = vendor.offer()
    ours = vendor.folder / "ours.git"
    git(vendor.folder, "clone", "--quiet", "--bare", str(vendor.work), str(ours))
    vendor.mirror.push(str(offer.commit), str(ours), offer.branch, seen=None)
    git(vendor.work, "pull", "--quiet", "--ff-only", str(ours), offer.branch)
    assert (vendor.work / "includes/mail.php").read_bytes() == PATCHED
    checked = subprocess.run(["git", "fsck", "--strict", "--no-dangling"], cwd=ours, capture_output=True, check=False)
    assert checked.returncode == 0, checked.stderr


def test_no_object_of_a_trial_stays_in_the_fork_or_the_mirror(vendor: Vendor) -> None:
    vendor.commit(plugin("1.0.0"), tag="1.0.0")
    vendor.commit({"includes/mail.php": mail_file(seconds=30)})
    vendor.ship(plugin("1.0.0"), {"includes/mail.php": PATCHED})
    vendor.mirror.fetch(version="1.0.0")
    before = [git_text(place, "count-objects", "-v") for place in (vendor.fork.directory, vendor.mirror.directory)]
    assert vendor.offer().state == "person"
    after = [git_text(place, "count-objects", "-v") for place in (vendor.fork.directory, vendor.mirror.directory)]
    assert after[0] == before[0]
    assert after[1].splitlines()[0] == before[1].splitlines()[0]

"""Taking apart what was patched by hand: which release, which patches, and what is left over."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from adopting import NOW, TIDY, below, commit, other_plugin, reasons, start_repository, take, titles
from hypothesis import given, settings
from hypothesis import strategies as st
from workbench import AGENCY, add_files, git, git_text, mail_file, plugin, write_files, zip_files

from plugwatch.errors import AmbiguousError, ForkError, InputError, NotFoundError, UnknownError
from plugwatch.forks.adopt import Wish, _Taking, adopt_place, bring, open_source
from plugwatch.forks.adopt_base import Base
from plugwatch.forks.adopt_history import read_chain
from plugwatch.forks.adopt_source import find_location
from plugwatch.forks.fork import Fork, ForkStore

# Folders without history


def test_a_folder_is_one_patch_that_nobody_gave_a_reason_for(tmp_path: Path, stock: dict[str, Path]) -> None:
    changed = plugin(mail=mail_file(seconds=60)) | {"includes/new.php": b"<?php // ours\n"}
    adoption = take(write_files(tmp_path / "tidy-forms", changed), releases=(stock["1.0.0"],))
    (patch,) = adoption.patches
    assert (patch.facts.title, patch.facts.why, patch.facts.author) == ("Adopted local changes", "", AGENCY)
    assert (patch.facts.date, patch.facts.commit) == (NOW, None)
    assert patch.files == ("includes/mail.php", "includes/new.php")
    assert (adoption.component, adoption.base.version) == (TIDY, "1.0.0")
    assert adoption.base.note is not None
    assert len(adoption.base.note.sha256 or "") == 64
    assert (adoption.unexplained, adoption.left_out, adoption.dropped) == ((), (), ())


@pytest.mark.parametrize(
    ("split", "expected"),
    [
        ("files", ["in includes/mail.php", "in includes/new.php", "in readme.txt"]),
        ("folders", ["in includes", "in readme.txt"]),
    ],
)
def test_a_folder_can_be_split(tmp_path: Path, stock: dict[str, Path], split: str, expected: list[str]) -> None:
    changed = plugin(mail=mail_file(seconds=60), readme=b"ours\n") | {"includes/new.php": b"<?php\n"}
    adoption = take(write_files(tmp_path / "tidy-forms", changed), releases=(stock["1.0.0"],), split=split)
    assert titles(adoption) == [f"Adopted local changes {where}" for where in expected]


@pytest.fixture
def messy(tmp_path: Path) -> Path:
    """An edited copy with everything in it that a live site leaves behind."""
    files = plugin(mail=mail_file(seconds=60), readme=b"=== Tidy Forms ===\r\nForms, tidied.\r\n") | {
        ".DS_Store": b"\0",
        "includes/mail.php.orig": b"old",
        "cache/page.php": b"<?php",
        "error_log": b"PHP Warning",
        "photo.jpg": b"\xff\xd8",
        "node_modules/left/index.js": b"x",
    }
    folder = write_files(tmp_path / "tidy-forms", files)
    (folder / "node_modules" / ".bin").symlink_to("/etc")
    (folder / "link.php").symlink_to("/etc/passwd")
    (folder / "tidy-forms.php").chmod(0o755)
    return folder


def test_what_a_live_site_leaves_behind_is_told_file_by_file(messy: Path, stock: dict[str, Path]) -> None:
    adoption = take(messy, releases=(stock["1.0.0"],))
    assert [patch.files for patch in adoption.patches] == [("includes/mail.php",)]
    assert reasons(adoption.unexplained) == {
        ".DS_Store": "left by macOS",
        "cache/page.php": "not in the release, a cache",
        "error_log": "not in the release, a log",
        "includes/mail.php.orig": "left by a merge",
        "link.php": "a symbolic link; no release has one",
        "node_modules/": "packages of npm",
        "photo.jpg": "not in the release, uploaded",
        "readme.txt": "all its line endings are others than the vendor's",
    }
    assert reasons(adoption.left_out) == {"tidy-forms.php": "only its executable bit is another"}


def test_the_rest_can_be_carried_and_links_can_not(messy: Path, stock: dict[str, Path]) -> None:
    adoption = take(messy, releases=(stock["1.0.0"],), with_rest=True)
    assert titles(adoption) == ["Adopted local changes", "Adopted local changes: the rest"]
    assert adoption.patches[1].files == (
        ".DS_Store",
        "cache/page.php",
        "error_log",
        "includes/mail.php.orig",
        "photo.jpg",
        "readme.txt",
    )
    assert reasons(adoption.unexplained).keys() == {"link.php", "node_modules/"}
    left = ("node_modules", "link.php", "*.jpg", "cache/", "error_log")
    rest = take(messy, releases=(stock["1.0.0"],), with_rest=True, leave_out=left)
    assert rest.unexplained == ()
    assert rest.patches[1].files == (".DS_Store", "includes/mail.php.orig", "readme.txt")
    assert reasons(rest.left_out).keys() >= {"node_modules/", "link.php", "photo.jpg", "cache/", "error_log"}


def test_line_endings_do_not_hide_what_was_changed(tmp_path: Path, stock: dict[str, Path]) -> None:
    changed = plugin(mail=mail_file(seconds=60).replace(b"\n", b"\r\n"))
    adoption = take(write_files(tmp_path / "tidy-forms", changed), releases=(stock["1.0.0"],))
    (patch,) = adoption.patches
    assert patch.files == ("includes/mail.php",)
    assert reasons(adoption.unexplained) == {"includes/mail.php": "all its line endings are others than the vendor's"}
    plain = take(
        write_files(tmp_path / "b" / "tidy-forms", plugin(mail=mail_file(seconds=60))), releases=(stock["1.0.0"],)
    )
    assert patch.tree == plain.tree
    accepted = take(tmp_path / "tidy-forms", releases=(stock["1.0.0"],), vendor_endings=True)
    assert (accepted.tree, accepted.unexplained) == (plain.tree, ())
    assert reasons(accepted.left_out).keys() == {"includes/mail.php"}


@pytest.mark.parametrize("version", ["1.0.0-fernhill", "1.0.0.fixed"])
def test_a_version_of_ones_own_is_no_change(tmp_path: Path, stock: dict[str, Path], version: str) -> None:
    changed = plugin(version, mail=mail_file(seconds=60))
    adoption = take(write_files(tmp_path / "tidy-forms", changed), releases=(stock["1.0.0"], stock["2.0.0"]))
    assert adoption.base.version == "1.0.0"
    assert [patch.files for patch in adoption.patches] == [("includes/mail.php",)]
    assert adoption.unexplained == ()
    assert f"its header says version {version}" in reasons(adoption.left_out)["tidy-forms.php"]


def test_a_missing_file_is_no_patch_and_a_made_up_version_is_asked_for(tmp_path: Path, stock: dict[str, Path]) -> None:
    changed = plugin("99.9", mail=mail_file(seconds=60), readme=None)
    folder = write_files(tmp_path / "tidy-forms", changed)
    with pytest.raises(ForkError, match=r"release 99\.9 of plugin/tidy-forms cannot be had; give it .* --base V"):
        take(folder, releases=(stock["1.0.0"],))
    adoption = take(folder, releases=(stock["1.0.0"],), base="1.0.0")
    assert reasons(adoption.unexplained) == {"readme.txt": "the release has it, what was adopted has not"}
    rest = take(folder, releases=(stock["1.0.0"],), base="1.0.0", with_rest=True)
    assert rest.patches[-1].files == ("readme.txt",)
    with pytest.raises(ForkError, match=r"release 7\.0 of plugin/tidy-forms cannot be had"):
        take(folder, releases=(stock["1.0.0"],), base="7.0")


def test_builds_of_ours_are_no_sources(tmp_path: Path, stock: dict[str, Path]) -> None:
    build = write_files(tmp_path / "tidy-forms", plugin() | {"plugwatch-manifest.json": b"{}"})
    with pytest.raises(ForkError, match="is a build of plugwatch"):
        take(build, releases=(stock["1.0.0"],))
    edited = write_files(tmp_path / "b" / "tidy-forms", plugin(mail=mail_file(seconds=60)))
    with pytest.raises(ForkError, match="this is a build of plugwatch; give the vendor's own release"):
        take(edited, releases=(build,))


def test_a_theme_a_single_file_and_a_must_use_plugin(tmp_path: Path) -> None:
    style = b"/*\nTheme Name: Slate\nVersion: 1.1\n*/\n"
    content = below("wp-content/themes/slate", {"style.css": style, "functions.php": b"<?php // ours\n"})
    content |= {"wp-content/plugins/hello.php": b"<?php\n/* Plugin Name: Hello\nVersion: 1.7 */\necho 'ours';\n"}
    content |= {"wp-content/plugins/index.php": b"<?php // silence\n"}
    content |= {"wp-content/mu-plugins/loader.php": b"<?php // ours\n"}
    site = write_files(tmp_path / "site", content)
    theme = write_files(tmp_path / "slate", {"style.css": style, "functions.php": b"<?php\n"})
    hello = write_files(tmp_path / "old", {"hello.php": b"<?php\n/* Plugin Name: Hello\nVersion: 1.7 */\n"})
    with open_source(find_location(str(site)), None, None) as opened:
        assert [str(place.component) for place in opened.places] == ["plugin/hello", "theme/slate"]
    assert take(site, "slate", releases=(theme,)).patches[0].files == ("functions.php",)
    single = take(site, "plugin/hello", releases=(hello / "hello.php",))
    assert single.patches[0].files == ("hello.php",)
    loader = write_files(tmp_path / "loader", {"loader.php": b"<?php\n"})
    named = take(site / "wp-content/mu-plugins", "mu-plugin/loader.php", releases=(loader,), base="2")
    assert (str(named.component), named.base.version) == ("mu-plugin/loader.php", "2")
    assert named.patches[0].files == ("loader.php",)


def test_what_is_not_there_is_said(tmp_path: Path) -> None:
    folder = write_files(tmp_path / "plugins", below("a-one", other_plugin("A One", "1")))
    write_files(folder, below("a-two", other_plugin("A Two", "1")))
    with pytest.raises(AmbiguousError, match="'a-' fits 2 components"):
        take(folder, "a-")
    with pytest.raises(NotFoundError, match="'zebra' is not in it"):
        take(folder, "zebra")
    with pytest.raises(InputError, match="no plugin or theme is in it"):
        take(write_files(tmp_path / "empty", {"a.txt": b""}))


def test_a_plugin_that_is_a_repository_is_adopted_by_itself(tmp_path: Path, stock: dict[str, Path]) -> None:
    start_repository(tmp_path / "plugins" / "tidy-forms")
    write_files(tmp_path / "plugins" / "tidy-forms", plugin())
    with pytest.raises(
        ForkError, match=r"is a repository of its own; adopt it with 'plugwatch fork adopt .*/tidy-forms'"
    ):
        take(tmp_path / "plugins", releases=(stock["1.0.0"],))


# Histories


def test_every_commit_is_a_patch_with_its_author_and_words(repository: Path, stock: dict[str, Path]) -> None:
    message = "Wait a minute\n\nSlow server.\n\nChange-Id: Iabc\nSigned-off-by: Ana Ruiz <ana@fernhill.example>"
    one = commit(repository, {"includes/mail.php": mail_file(seconds=60)}, message, author="Ana Ruiz")
    two = commit(repository, {"readme.txt": b"ours\n", "new.txt": b"x"}, "Say that it is ours")
    adoption = take(repository, releases=(stock["1.0.0"],))
    first, second = adoption.patches
    assert (first.facts.commit, second.facts.commit) == (one, two)
    assert str(first.facts.author) == "Ana Ruiz <ana@fernhill.example>"
    assert first.facts.why == message.partition("\n\n")[2]
    assert first.facts.date == "1763762005 +0100"
    assert (first.files, second.files) == (("includes/mail.php",), ("new.txt", "readme.txt"))
    assert adoption.tree == git_text(repository, "rev-parse", "HEAD^{tree}")
    assert adoption.unexplained == ()


def test_without_a_release_the_untouched_import_is_taken_and_said_so(repository: Path) -> None:
    first = git_text(repository, "rev-parse", "HEAD")
    with pytest.raises(ForkError, match=r"nothing in its history tells a patch .* give release 1\.0\.0 with --release"):
        take(repository)
    commit(repository, {"readme.txt": b"ours\n"}, "Ours")
    adoption = take(repository)
    assert adoption.base.found_by == f"commit {first[:10]}, not compared with the vendor's release"
    assert titles(adoption) == ["Ours"]


def test_an_update_over_patches_tells_which_are_still_there(repository: Path, stock: dict[str, Path]) -> None:
    commit(repository, {"includes/mail.php": mail_file(seconds=60)}, "Wait a minute")
    commit(repository, {"readme.txt": b"ours\n"}, "Our readme")
    update = plugin("2.0.0", mail=mail_file(seconds=60, subject="'Hello'"))
    commit(repository, update, "Update to 2.0.0")
    commit(repository, {"late.php": b"<?php\n"}, "Later")
    adoption = take(repository, releases=(stock["1.0.0"], stock["2.0.0"]))
    assert adoption.base.version == "2.0.0"
    assert titles(adoption) == ["Wait a minute", "Later"]
    assert [(d.title, d.reason) for d in adoption.dropped] == [
        ("Our readme", "was overwritten when 2.0.0 came in; it is not in what is adopted")
    ]
    assert adoption.unexplained == ()


def test_a_patch_that_the_release_has_is_dropped(repository: Path, stock: dict[str, Path]) -> None:
    commit(repository, {"includes/mail.php": mail_file(seconds=60)}, "Wait a minute")
    commit(repository, plugin("3.0.0", mail=mail_file(seconds=60)), "Update to 3.0.0")
    commit(repository, {"readme.txt": b"ours\n"}, "Ours")
    adoption = take(repository, releases=(stock["3.0.0"],))
    assert titles(adoption) == ["Ours"]
    assert [(d.title, d.reason) for d in adoption.dropped] == [("Wait a minute", "release 3.0.0 has it")]


def test_what_came_in_with_an_import_is_nobodys_patch(repository: Path, stock: dict[str, Path]) -> None:
    commit(repository, plugin("2.0.0", mail=mail_file(seconds=99, subject="'Hello'")), "Update and fix")
    commit(repository, {"readme.txt": b"ours\n"}, "Ours")
    adoption = take(repository, releases=(stock["2.0.0"],))
    assert titles(adoption) == ["Ours"]
    assert reasons(adoption.unexplained) == {
        "includes/mail.php": "differs from the release, and no commit after the import changed it"
    }
    assert "2 of its 3 files as they are in it" in adoption.base.found_by
    rest = take(repository, releases=(stock["2.0.0"],), with_rest=True)
    assert rest.tree == git_text(repository, "rev-parse", "HEAD^{tree}")
    commit(repository, {"includes/mail.php": mail_file(seconds=100, subject="'Hello'")}, "Longer")
    later = take(repository, releases=(stock["2.0.0"],))
    assert titles(later) == ["Ours", "Longer"]
    assert later.patches[1].notes == ("includes/mail.php is taken as the commit left it, other changes included",)
    assert later.unexplained == ()


def test_commits_that_come_to_nothing_are_dropped_with_a_line(repository: Path, stock: dict[str, Path]) -> None:
    wrong = commit(repository, {"includes/mail.php": mail_file(seconds=1)}, "Hurry")
    commit(repository, {"readme.txt": b"ours\n"}, "Ours")
    back = f'Revert "Hurry"\n\nThis reverts commit {wrong}.'
    commit(repository, {"includes/mail.php": mail_file()}, back)
    commit(repository, {"tidy-forms.php": plugin("99.9")["tidy-forms.php"]}, "Keep updates away")
    commit(repository, {".DS_Store": b"\0"}, "Oops")
    adoption = take(repository, releases=(stock["1.0.0"],))
    assert titles(adoption) == ["Ours"]
    assert {d.title: d.reason.split(" commit ")[0] for d in adoption.dropped} == {
        "Hurry": "taken back by",
        'Revert "Hurry"': "takes back",
        "Keep updates away": "touches nothing but what is left out, or the version in the header",
        "Oops": "touches nothing but what is left out, or the version in the header",
    }
    assert reasons(adoption.unexplained) == {".DS_Store": "left by macOS"}
    assert "its header says version 99.9" in reasons(adoption.left_out)["tidy-forms.php"]


def test_a_revert_that_others_rest_on_stays(repository: Path, stock: dict[str, Path]) -> None:
    wrong = commit(repository, {"includes/mail.php": mail_file(seconds=1)}, "Hurry")
    commit(repository, {"includes/mail.php": mail_file(seconds=2)}, "Hurry less")
    commit(repository, {"includes/mail.php": mail_file(seconds=5)}, f"Slower\n\nThis reverts commit {wrong}.")
    adoption = take(repository, releases=(stock["1.0.0"],))
    assert titles(adoption) == ["Hurry", "Hurry less", "Slower"]
    assert adoption.dropped == ()


def test_a_version_that_nobody_has_is_no_patch(repository: Path, stock: dict[str, Path]) -> None:
    commit(repository, {"includes/mail.php": mail_file(seconds=60)}, "Wait a minute")
    newest = commit(repository, plugin("2.0.0", mail=mail_file(seconds=60, subject="'Hello'")), "Update")
    with pytest.raises(ForkError, match=rf"release 2\.0\.0 .*, which commit {newest[:10]} brought in, cannot be had"):
        take(repository, releases=(stock["1.0.0"],))
    adoption = take(repository, releases=(stock["1.0.0"],), base="1.0.0")
    assert titles(adoption) == ["Wait a minute", "Update"]


def test_merged_branches(repository: Path, stock: dict[str, Path]) -> None:
    git(repository, "checkout", "--quiet", "-b", "fix/one")
    commit(repository, {"includes/mail.php": mail_file(seconds=60)}, "Wait a minute", author="Ana Ruiz")
    git(repository, "checkout", "--quiet", "-b", "fix/two", "main")
    commit(repository, {"two.php": b"<?php // 1\n"}, "Begin")
    commit(repository, {"two.php": b"<?php // 2\n"}, "Go on")
    git(repository, "checkout", "--quiet", "main")
    commit(repository, {"readme.txt": b"ours\n"}, "Ours")
    for number, branch in enumerate(("fix/one", "fix/two"), 1):
        merge = f"Merge pull request #{number} from fernhill/{branch}\n\nAbout {branch}"
        git(repository, "merge", "--quiet", "--no-ff", "-m", merge, branch)
    git(repository, "checkout", "--quiet", "-b", "fix/three", "main")
    commit(repository, {"three.php": b"<?php // 1\n"}, "First half")
    commit(repository, {"three.php": b"<?php // 2\n"}, "Second half")
    git(repository, "checkout", "--quiet", "main")
    git(repository, "merge", "--quiet", "--no-ff", "--no-commit", "fix/three")
    write_files(repository, {"evil.php": b"<?php // in the merge only\n"})
    git(repository, "add", "evil.php")
    git(repository, "commit", "--quiet", "-m", "Merge pull request #3 from fernhill/fix/three\n\nThe third thing")
    adoption = take(repository, releases=(stock["1.0.0"],))
    assert titles(adoption) == ["Ours", "Wait a minute", "Begin", "Go on", "The third thing"]
    assert adoption.patches[1].facts.author.name == "Ana Ruiz"
    assert "Merge pull request #3" in adoption.patches[4].facts.why
    assert "* First half\n* Second half" in adoption.patches[4].facts.why
    assert adoption.patches[4].files == ("evil.php", "three.php")
    assert adoption.tree == git_text(repository, "rev-parse", "HEAD^{tree}")


def test_a_vendor_branch_is_where_releases_are_found(tmp_path: Path) -> None:
    folder = start_repository(tmp_path / "tidy-forms")
    commit(folder, plugin("1.0.0"), "Import 1.0.0")
    git(folder, "branch", "vendor")
    commit(folder, {"includes/mail.php": mail_file(seconds=60)}, "Wait a minute")
    git(folder, "checkout", "--quiet", "vendor")
    imported = commit(folder, plugin("2.0.0", mail=mail_file(subject="'Hello'")), "Import 2.0.0")
    git(folder, "checkout", "--quiet", "main")
    git(folder, "merge", "--quiet", "-m", "Merge the vendor's 2.0.0", "vendor")
    commit(folder, {"readme.txt": b"ours\n"}, "Ours")
    adoption = take(folder)
    assert adoption.base.version == "2.0.0"
    assert adoption.base.found_by.startswith(f"commit {imported[:10]}")
    assert titles(adoption) == ["Wait a minute", "Ours"]
    assert adoption.unexplained == ()


BY_TAG = "its tag in the repository, not compared with the vendor's release"


def vendor_repository(folder: Path) -> Path:
    """A vendor's own repository: files that are not shipped, one that is built, a tag, and work since."""
    start_repository(folder)
    unshipped = {"tests/test.php": b"<?php\n", ".github/ci.yml": b"on: push\n"}
    commit(folder, plugin("0.9.0", mail=mail_file(seconds=5)) | unshipped, "Begin")
    commit(folder, {"includes/mail.php": mail_file()}, "Wait longer")
    commit(folder, plugin("1.0.0"), "Release 1.0.0")
    git(folder, "tag", "-a", "-m", "1.0.0", "v1.0.0")
    commit(folder, {"includes/later.php": b"<?php // 1\n"}, "Vendor's work")
    commit(folder, {"includes/later.php": b"<?php // 2\n"}, "Vendor's work, again")
    git(folder, "checkout", "--quiet", "-b", "fix/timeout")
    changed = {"includes/mail.php": mail_file(seconds=60), "tests/test.php": b"<?php // tested\n"}
    commit(folder, changed, "Wait a minute", author="Ana Ruiz")
    git(folder, "checkout", "--quiet", "main")
    return folder


def test_a_fork_of_the_vendors_repository_and_its_branch(tmp_path: Path) -> None:
    folder = vendor_repository(tmp_path / "tidy-forms")
    built = {"dist/built.js": b"b();\n", "readme.txt": b"=== Tidy Forms ===\nAs shipped.\n"}
    shipped = zip_files(tmp_path / "tidy-forms.zip", plugin("1.0.0") | built)
    branch = f"{folder}@fix/timeout"
    tagged = take(branch)
    assert (tagged.base.version, tagged.base.found_by) == ("1.0.0", BY_TAG)
    assert titles(tagged) == ["Vendor's work", "Vendor's work, again", "Wait a minute"]
    assert tagged.patches[-1].files == ("includes/mail.php", "tests/test.php")
    adoption = take(branch, releases=(shipped,), since="main")
    assert titles(adoption)[1:] == ["Wait a minute"]
    assert titles(adoption)[0].startswith("Changes after 1.0.0 up to commit ")
    assert adoption.patches[0].facts.why == "* Vendor's work\n* Vendor's work, again"
    assert adoption.patches[1].files == ("includes/mail.php",)
    assert adoption.unexplained == ()
    assert reasons(adoption.left_out) == {
        ".github/ci.yml": "the repository has it, the release does not ship it",
        "dist/built.js": "the release ships it, the repository does not have it",
        "readme.txt": "the release's is another than the repository's",
        "tests/test.php": "the repository has it, the release does not ship it",
    }
    with pytest.raises(
        ForkError, match="there is no branch, tag or whole commit id 'nope' \\(branches: fix/timeout, main"
    ):
        take(f"{folder}@nope")


def test_work_on_the_next_release_goes_on_from_the_newest_tag(tmp_path: Path) -> None:
    folder = vendor_repository(tmp_path / "tidy-forms")
    commit(folder, plugin("1.1.0-dev") | {"includes/soon.php": b"<?php\n"}, "Start 1.1.0")
    adoption = take(folder)
    assert (adoption.base.version, adoption.base.found_by) == ("1.0.0", BY_TAG)
    assert titles(adoption) == ["Vendor's work", "Vendor's work, again", "Start 1.1.0"]
    assert adoption.patches[-1].files == ("includes/soon.php",)
    git(folder, "checkout", "--quiet", "-b", "release", "v1.0.0")
    commit(folder, plugin("1.0.1") | {"dist/built.js": b"b();\n"}, "Release 1.0.1")
    git(folder, "tag", "v1.0.1")
    git(folder, "checkout", "--quiet", "main")
    git(folder, "merge", "--quiet", "-s", "ours", "-m", "Note that 1.0.1 is out", "release")
    later = take(folder)
    assert (later.base.version, later.unexplained) == ("1.0.1", ())
    assert reasons(later.left_out)["dist/built.js"] == "the release ships it, the repository does not have it"


def test_the_tags_of_a_site_name_no_release_of_its_plugins(repository: Path) -> None:
    commit(repository, {"readme.txt": b"ours\n"}, "Ours")
    git(repository, "tag", "v2.0.0")
    commit(repository, {"more.php": b"<?php\n"}, "More")
    adoption = take(repository)
    assert (adoption.base.version, titles(adoption)) == ("1.0.0", ["Ours", "More"])
    assert adoption.base.found_by.startswith("commit ")


def test_the_checkout_must_be_committed(repository: Path, stock: dict[str, Path]) -> None:
    commit(repository, {"readme.txt": b"ours\n", "includes/mail.php": mail_file(seconds=60)}, "Ours")
    write_files(
        repository, {"readme.txt": b"ours\r\n", "includes/mail.php": mail_file(seconds=61), "more.php": b"<?php"}
    )
    write_files(repository, {"node_modules/x.js": b"", ".DS_Store": b""})
    (repository / "tidy-forms.php").unlink()
    adoption = take(repository, releases=(stock["1.0.0"],))
    assert {o.path: o.reason.split(" in the")[0] for o in adoption.unexplained} == {
        "includes/mail.php": "changed",
        "more.php": "not in git",
        "tidy-forms.php": "not there any more",
    }
    branch = take(f"{repository}@main", releases=(stock["1.0.0"],))
    assert branch.unexplained == ()


def test_what_git_ignores_is_said_unless_the_checkout_has_it(tmp_path: Path) -> None:
    files = plugin("1.0.0") | {"vendor/lib.php": b"<?php // lib\n"}
    stock = zip_files(tmp_path / "tidy-forms.zip", files)
    repository = start_repository(tmp_path / "tidy-forms")
    commit(repository, plugin("1.0.0"), "Import")
    commit(repository, {"readme.txt": b"ours\n"}, "Ours")
    adoption = take(repository, releases=(stock,))
    assert reasons(adoption.unexplained) == {"vendor/lib.php": "the release has it, what was adopted has not"}
    write_files(repository, {"vendor/lib.php": b"<?php // lib\n"})
    assert take(repository, releases=(stock,)).unexplained == ()


def test_a_repository_is_not_always_called_like_its_plugin(tmp_path: Path, stock: dict[str, Path]) -> None:
    repository = start_repository(tmp_path / "our-forms")
    commit(repository, plugin("1.0.0"), "Import")
    commit(repository, {"readme.txt": b"ours\n"}, "Ours")
    with pytest.raises(ForkError, match="name the component, as plugin/SLUG"):
        take(repository, releases=(stock["1.0.0"],))
    assert take(repository, "plugin/tidy-forms", releases=(stock["1.0.0"],)).component == TIDY


def test_a_fork_knows_its_releases(tmp_path: Path, repository: Path, fork: Fork) -> None:
    add_files(fork, tmp_path / "1", plugin("1.0.0"))
    commit(repository, {"readme.txt": b"ours\n"}, "Ours")
    adoption = take(repository, fork=fork)
    assert (adoption.base.found_by, adoption.base.note) == ("in the fork", None)


def test_what_is_brought_into_a_fork_is_whole(tmp_path: Path, repository: Path, stock: dict[str, Path]) -> None:
    commit(repository, {"readme.txt": b"ours\n"}, "Ours")
    fork = ForkStore(tmp_path / "forks").create(TIDY)
    with open_source(find_location(str(repository)), None, None) as opened:
        adoption = adopt_place(opened, opened.places[0], fork, (), Wish(AGENCY, NOW, (stock["1.0.0"],)))
        bring(opened.git, adoption, fork)
    assert fork.refs() == {}
    assert fork.git.tree(adoption.tree).keys() == plugin().keys()
    contents = fork.git.objects(entry.blob for entry in fork.git.tree(adoption.base.tree).values())
    assert contents == [content for _path, content in sorted(plugin("1.0.0").items())]


# What does not fit together


def test_a_file_of_the_release_that_a_commit_takes_away_is_a_patch(repository: Path, stock: dict[str, Path]) -> None:
    commit(repository, {"readme.txt": None}, "No readme")
    adoption = take(repository, releases=(stock["1.0.0"],))
    assert [(patch.facts.title, patch.files) for patch in adoption.patches] == [("No readme", ("readme.txt",))]
    assert (adoption.unexplained, adoption.left_out) == ((), ())


def test_a_commit_that_gives_the_releases_own_line_back_is_no_patch(repository: Path, stock: dict[str, Path]) -> None:
    update = plugin("2.0.0", mail=mail_file(seconds=99, subject="'Hello'"))
    commit(repository, update, "Update, and hurry less")
    commit(repository, {"readme.txt": b"ours\n"}, "Ours")
    commit(repository, {"includes/mail.php": mail_file(subject="'Hello'")}, "As the vendor has it")
    adoption = take(repository, releases=(stock["2.0.0"],))
    assert (titles(adoption), adoption.unexplained) == (["Ours"], ())
    assert [(d.title, d.reason) for d in adoption.dropped] == [
        ("As the vendor has it", "its change is there without it")
    ]


def test_what_an_update_swept_away_with_the_junk_was_no_patch(repository: Path, stock: dict[str, Path]) -> None:
    commit(repository, {".DS_Store": b"\0"}, "Oops")
    commit(repository, plugin("2.0.0", mail=mail_file(subject="'Hello'")) | {".DS_Store": None}, "Update to 2.0.0")
    adoption = take(repository, releases=(stock["2.0.0"],))
    assert [(d.title, d.reason) for d in adoption.dropped] == [
        ("Oops", "touches nothing but what is left out, or the version in the header")
    ]
    assert adoption.patches == ()


def test_a_file_that_is_taken_away_is_gone_though_the_release_has_another(
    repository: Path, stock: dict[str, Path]
) -> None:
    commit(repository, plugin("2.0.0", mail=mail_file(subject="'Hello'"), readme=b"Mine.\n"), "Update, our readme")
    commit(repository, {"readme.txt": None}, "No readme")
    (patch,) = take(repository, releases=(stock["2.0.0"],)).patches
    assert patch.files == ("readme.txt",)
    assert patch.notes == ("readme.txt is taken as the commit left it, other changes included",)


def test_a_commit_that_broke_the_header_is_a_patch_as_its_repair_is(repository: Path, stock: dict[str, Path]) -> None:
    main = plugin("1.0.0")["tidy-forms.php"]
    commit(repository, {"tidy-forms.php": b"<?php // no header\n"}, "Break it")
    commit(repository, {"tidy-forms.php": main + b"// mended\n"}, "Mend it")
    adoption = take(repository, releases=(stock["1.0.0"],))
    assert titles(adoption) == ["Break it", "Mend it"]
    assert adoption.tree == git_text(repository, "rev-parse", "HEAD^{tree}")


def test_files_that_our_builds_add_are_nobodys_patch(tmp_path: Path, stock: dict[str, Path]) -> None:
    changed = plugin(mail=mail_file(seconds=60)) | {"PLUGWATCH-CHANGES.md": b"# Changes\n"}
    adoption = take(write_files(tmp_path / "tidy-forms", changed), releases=(stock["1.0.0"],))
    assert [patch.files for patch in adoption.patches] == [("includes/mail.php",)]
    assert reasons(adoption.left_out) == {"PLUGWATCH-CHANGES.md": "made by plugwatch"}


def test_merges_that_cannot_be_taken_apart_are_one_patch(repository: Path, stock: dict[str, Path]) -> None:
    for name in ("one", "two"):
        git(repository, "checkout", "--quiet", "-b", name, "main")
        commit(repository, {f"{name}.php": b"<?php\n"}, f"Add {name}")
    git(repository, "checkout", "--quiet", "-b", "slow", "main")
    commit(repository, {"includes/mail.php": mail_file(seconds=60)}, "Wait a minute")
    commit(repository, {"slow.php": b"<?php\n"}, "And more")
    git(repository, "checkout", "--quiet", "main")
    git(repository, "merge", "--quiet", "--no-ff", "-m", "Both of them", "one", "two")
    commit(repository, {"includes/mail.php": mail_file(seconds=20)}, "Wait a little")
    git(repository, "merge", "--quiet", "--no-ff", "-m", "Slow it is", "slow", check=False)
    commit(repository, {"includes/mail.php": mail_file(seconds=40)}, "Slow it is")
    adoption = take(repository, releases=(stock["1.0.0"],))
    assert titles(adoption) == ["Both of them", "Wait a little", "Slow it is"]
    assert [patch.files for patch in adoption.patches] == [
        ("one.php", "two.php"),
        ("includes/mail.php",),
        ("includes/mail.php", "slow.php"),
    ]
    assert adoption.patches[2].facts.why == "* Wait a minute\n* And more"
    assert adoption.tree == git_text(repository, "rev-parse", "HEAD^{tree}")


def test_very_many_commits_ask_from_where_on_they_are_patches(
    repository: Path, stock: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    first = git_text(repository, "rev-parse", "HEAD")
    second = commit(repository, {"readme.txt": b"1\n"}, "One")
    commit(repository, {"readme.txt": b"2\n"}, "Two")
    assert titles(take(repository, releases=(stock["1.0.0"],), since=first)) == ["One", "Two"]
    monkeypatch.setattr("plugwatch.forks.adopt._MOST_PATCHES", 1)
    with pytest.raises(ForkError, match=r"2 commits follow release 1\.0\.0; say with --since BRANCH"):
        take(repository, releases=(stock["1.0.0"],))
    monkeypatch.setattr("plugwatch.forks.adopt._MOST_PATCHES", 2)
    assert titles(take(repository, releases=(stock["1.0.0"],), since=second))[1:] == ["Two"]


def test_very_many_commits_before_the_release_are_not_tried(
    repository: Path, stock: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    commit(repository, {"ours.php": b"<?php\n"}, "Ours")
    commit(repository, {"more.php": b"<?php\n"}, "More")
    commit(repository, plugin("2.0.0", mail=mail_file(subject="'Hello'")), "Update to 2.0.0")
    assert titles(take(repository, releases=(stock["2.0.0"],))) == ["Ours", "More"]
    monkeypatch.setattr("plugwatch.forks.adopt._MOST_EARLIER", 1)
    adoption = take(repository, releases=(stock["2.0.0"],))
    assert adoption.patches == ()
    assert reasons(adoption.unexplained).keys() == {"ours.php", "more.php"}


def test_a_component_that_the_checkout_lacks_is_taken_as_it_was_committed(
    tmp_path: Path, stock: dict[str, Path]
) -> None:
    site = start_repository(tmp_path / "site")
    single = {"plugins/hello.php": b"<?php\n/* Plugin Name: Hello\nVersion: 1.7 */\n"}
    commit(site, below("plugins/tidy-forms", plugin()) | single, "Import")
    commit(
        site,
        {
            "plugins/tidy-forms/readme.txt": b"ours\n",
            "plugins/hello.php": b"<?php // ours\n" + single["plugins/hello.php"][6:],
        },
        "Ours",
    )
    hello = write_files(tmp_path / "old", {"hello.php": single["plugins/hello.php"]}) / "hello.php"
    assert take(site, "plugin/hello", releases=(hello,)).unexplained == ()
    shutil.rmtree(site / "plugins" / "tidy-forms")
    (site / "plugins" / "hello.php").unlink()
    assert take(site, "tidy-forms", releases=(stock["1.0.0"],)).unexplained == ()
    gone = take(site, "plugin/hello", releases=(hello,))
    assert reasons(gone.unexplained)["hello.php"].startswith("not there any more in the work tree")


def test_what_is_not_proved_is_not_adopted(repository: Path, stock: dict[str, Path]) -> None:
    commit(repository, {"readme.txt": b"ours\n"}, "Ours")
    adoption = take(repository, releases=(stock["1.0.0"],))
    with open_source(find_location(str(repository)), None, None) as opened:
        wish = Wish(AGENCY, NOW, (stock["1.0.0"],))
        adopt_place(opened, opened.places[0], None, (), wish)
        chain = read_chain(opened.git, opened.places[0])
        taking = _Taking(opened, opened.places[0], chain, Base(adoption.base, 0), wish)
        taking._prove(adoption)
        with pytest.raises(ForkError, match=r"the patches are not what was adopted, readme\.txt differs"):
            taking._prove(replace(adoption, patches=()))


# Hostile sources


def test_nothing_of_the_repository_is_run_or_changed(repository: Path, tmp_path: Path, stock: dict[str, Path]) -> None:
    mark = tmp_path / "mark"
    script = tmp_path / "evil.sh"
    script.write_text(f"#!/bin/sh\ntouch {mark}\ncat\n")
    script.chmod(0o755)
    commit(repository, {".gitattributes": b"*.php filter=evil ident text eol=crlf\n", "readme.txt": b"ours\n"}, "Ours")
    for key in (
        "filter.evil.clean",
        "filter.evil.smudge",
        "core.fsmonitor",
        "core.sshCommand",
        "uploadpack.packObjectsHook",
    ):
        git(repository, "config", key, str(script))
    for hook in ("post-checkout", "reference-transaction", "pre-auto-gc"):
        (repository / ".git" / "hooks").mkdir(exist_ok=True)
        (repository / ".git" / "hooks" / hook).write_bytes(script.read_bytes())
        (repository / ".git" / "hooks" / hook).chmod(0o755)
    before = {p: p.read_bytes() for p in sorted(repository.rglob("*")) if p.is_file()}
    adoption = take(repository, releases=(stock["1.0.0"],))
    assert adoption.tree == git_text(repository, "rev-parse", "HEAD^{tree}")
    assert not mark.exists()
    assert {p: p.read_bytes() for p in sorted(repository.rglob("*")) if p.is_file()} == before


def test_links_submodules_and_names_that_lead_elsewhere(repository: Path, stock: dict[str, Path]) -> None:
    head = git_text(repository, "rev-parse", "HEAD")
    blob = git(repository, "hash-object", "-w", "--stdin", stdin=b"/etc/passwd").decode().strip()
    odd = [f"120000 blob {blob}\tlink.php", f"160000 commit {head}\tlib", f"100644 blob {blob}\ta\\b.php"]
    odd += [f"100644 blob {blob}\tpointer.bin"]
    rows = git_text(repository, "ls-tree", "HEAD").splitlines() + odd
    tree = git(repository, "mktree", "--missing", stdin="\n".join(rows).encode()).decode().strip()
    new = git(repository, "commit-tree", "-p", head, "-m", "Odd", tree).decode().strip()
    git(repository, "update-ref", "refs/heads/odd", new)
    adoption = take(f"{repository}@odd", releases=(stock["1.0.0"],), with_rest=True)
    assert reasons(adoption.unexplained) == {
        "a\\b.php": "a name that no release can have",
        "lib": "a submodule; adopt its own repository",
        "link.php": "a symbolic link; no release has one",
    }
    assert [patch.files for patch in adoption.patches] == [("pointer.bin",)]


@pytest.mark.parametrize(
    "text",
    [
        "ext::sh -c touch% x",
        "--upload-pack=touch x",
        "-x",
        "ftp://git.example/a.git",
        "https://-oProxyCommand=x/a.git",
        "ssh://-oProxyCommand=x/a",
        "nowhere/at/all",
        "https://",
        "",
    ],
)
def test_addresses_that_cannot_be_one(tmp_path: Path, text: str) -> None:
    with pytest.raises((InputError, UnknownError, ForkError)) as caught:
        take(text or str(tmp_path / "gone"))
    assert "\n" not in str(caught.value)


def test_branches_are_named_not_typed_to_git(repository: Path) -> None:
    for branch in ("--upload-pack=x", "HEAD~1", "ma*n", ":/Tidy", "a b"):
        with pytest.raises(ForkError, match="there is no branch, tag or whole commit id"):
            take(f"{repository}@{branch}")
    head = git_text(repository, "rev-parse", "HEAD")
    commit(repository, {"readme.txt": b"ours\n"}, "Ours")
    whole = git_text(repository, "rev-parse", "HEAD")
    assert titles(take(f"{repository}@{whole}")) == ["Ours"]
    assert head != whole


def test_empty_shallow_and_nested_repositories(tmp_path: Path, repository: Path, stock: dict[str, Path]) -> None:
    empty = start_repository(tmp_path / "empty")
    with pytest.raises(ForkError, match="the repository has no commit yet"):
        take(empty)
    commit(repository, {"readme.txt": b"ours\n"}, "Ours")
    git(tmp_path, "clone", "--quiet", "--depth=1", f"file://{repository}", "shallow/tidy-forms")
    adoption = take(tmp_path / "shallow" / "tidy-forms", releases=(stock["1.0.0"],))
    assert reasons(adoption.unexplained).keys() == {"readme.txt"}
    write_files(empty, below("plugins/tidy-forms", plugin(mail=mail_file(seconds=60))))
    inside = take(empty / "plugins" / "tidy-forms", releases=(stock["1.0.0"],))
    assert titles(inside) == ["Adopted local changes"]
    with pytest.raises(InputError, match="so it has no branches"):
        take(f"{write_files(tmp_path / 'bare' / 'tidy-forms', plugin())}@main")


def test_a_folder_is_never_read_through_its_links(tmp_path: Path, stock: dict[str, Path]) -> None:
    folder = write_files(tmp_path / "tidy-forms", plugin(mail=None))
    (folder / "includes").symlink_to(write_files(tmp_path / "secret", {"mail.php": b"secret"}))
    os.mkfifo(folder / "pipe.php")
    write_files(folder, {"a\\b.php": b"<?php", "line\nend.php": b"<?php"})
    (folder / os.fsdecode(b"caf\xe9.php")).write_bytes(b"<?php")
    adoption = take(folder, releases=(stock["1.0.0"],), with_rest=True, leave_out=("includes",))
    assert set(reasons(adoption.unexplained).values()) == {"a name that no release can have"}
    assert len(adoption.unexplained) == 3
    adoption = take(folder, releases=(stock["1.0.0"],), leave_out=("a\\b.php", "line*", "caf*"))
    assert reasons(adoption.unexplained).keys() == {"includes", "includes/mail.php"}
    assert adoption.patches == ()


# Any history


_EDITS = st.lists(
    st.tuples(
        st.sampled_from(["wait", "subject", "readme", "new", "gone", "crlf", "junk", "version", "update"]),
        st.integers(1, 5),
    ),
    min_size=1,
    max_size=6,
)


@settings(max_examples=5, deadline=None)
@given(edits=_EDITS)
def test_release_and_patches_are_what_was_adopted(tmp_path_factory: pytest.TempPathFactory, edits: Any) -> None:
    folder = tmp_path_factory.mktemp("any")
    repository = start_repository(folder / "tidy-forms")
    commit(repository, plugin("1.0.0"), "Import")
    seconds, subject, version = 10, "'New message'", "1.0.0"
    for number, (kind, value) in enumerate(edits):
        seconds = value if kind == "wait" else seconds
        subject = f"'S{value}'" if kind == "subject" else subject
        version = f"9.{value}" if kind == "version" else "2.0.0" if kind == "update" else version
        files: dict[str, bytes] = {"includes/mail.php": mail_file(seconds=seconds, subject=subject)}
        if kind in ("version", "update"):
            files["tidy-forms.php"] = plugin(version)["tidy-forms.php"]
        if kind == "update":
            files["includes/two.php"] = b"<?php // two\n"
        if kind == "crlf":
            files["readme.txt"] = b"a\r\nb\r\n"
        files |= {"readme": {"readme.txt": b"r%d\n" % value}, "new": {f"n{value}.php": b"<?php\n"}}.get(kind, {})
        files |= {"junk": {".DS_Store": b"%d" % value}}.get(kind, {})
        if kind == "gone" and (repository / "readme.txt").exists():
            (repository / "readme.txt").unlink()
        commit(repository, files, f"Step {number}")
    stock = [zip_files(folder / "tidy-forms.1.zip", plugin("1.0.0"))]
    two = plugin("2.0.0") | {"includes/two.php": b"<?php // two\n"}
    stock.append(zip_files(folder / "tidy-forms.2.zip", two))
    base = "2.0.0" if version == "2.0.0" or any(kind == "update" for kind, _value in edits) else "1.0.0"
    adoption = take(repository, releases=tuple(stock), base=base, with_rest=True)
    assert adoption.unexplained == ()
    allowed = {oddity.path for oddity in adoption.left_out}
    tip = git_text(repository, "ls-tree", "-r", "HEAD").splitlines()
    with open_source(find_location(str(repository)), None, None) as opened:
        again = adopt_place(opened, opened.places[0], None, (), Wish(AGENCY, NOW, tuple(stock), base, with_rest=True))
        result = opened.git.tree(again.tree)
    assert again.tree == adoption.tree
    rows = {row.split("\t")[1]: row.split()[2] for row in tip}
    assert {
        path for path in rows.keys() | result.keys() if rows.get(path) != getattr(result.get(path), "blob", None)
    } <= allowed

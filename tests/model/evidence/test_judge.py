"""The judgement of a listing: five states, each patch, each difference; by sums and never by what a place says."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugwatch.model.component import Component
from plugwatch.model.evidence.differences import explain
from plugwatch.model.evidence.evidence import (
    CHANGED,
    CLAIMED,
    LOST,
    MISSING,
    OTHER,
    PATCHED,
    TAMPERED,
    THERE,
    UNKNOWN,
    UNSURE,
    Evidence,
    Listing,
)
from plugwatch.model.evidence.judge import judge
from plugwatch.model.evidence.known import OURS, PARTLY, VENDORS, Carried, Ground, Known

TIDY = Component("plugin", "tidy-forms")
MAIN = "tidy-forms.php"
HEADER = "<?php\n/*\n * Plugin Name: Tidy Forms\n * Version: {}\n */\n"
Files = dict[str, bytes]


def release(version: str, **changed: bytes) -> Files:
    """What the vendor ships."""
    files = {
        MAIN: HEADER.format(version).encode(),
        "mail.php": b"<?php\nsend();\n",
        "form.php": b"<?php\nform();\n",
        "logo.png": b"\x89PNG\0\x01",
        "readme.txt": b"=== Tidy Forms ===\n",
    }
    return files | {name.replace("_", "."): content for name, content in changed.items()}


def build(version: str, base: Files, **changed: bytes) -> Files:
    """A build: the patched files, and our marks."""
    main = HEADER.format(version).encode()
    marks = {"plugwatch-manifest.json": b"{}\n", "PLUGWATCH-CHANGES.md": b"changes\n"}
    return base | {MAIN: main, **marks} | {name.replace("_", "."): content for name, content in changed.items()}


WAIT, FORM = (
    Carried("pw-aaaaaaaaaa", "Wait", frozenset({"mail.php"})),
    Carried("pw-bbbbbbbbbb", "Form", frozenset({"form.php"})),
)
STOCK = release("1.2.3")
NEWER = release("1.2.4", mail_php=b"<?php\nsend( 2 );\n")
OLDER = release("1.2.2", mail_php=b"<?php\nsend( 0 );\n")
MAIL, BOTH = b"<?php\n/* Modified */\nwait();\nsend();\n", b"<?php\n/* Modified */\nform( 1 );\n"
FIRST = build("1.2.3.0-p1", STOCK, mail_php=MAIL)
SECOND = build("1.2.3.0-p2", STOCK, mail_php=MAIL, form_php=BOTH)
TREES = {"1.2.2": OLDER, "1.2.3": STOCK, "1.2.4": NEWER, "1.2.3.0-p1": FIRST, "1.2.3.0-p2": SECOND}


def sums(files: Mapping[str, bytes], algorithm: str = "sha256") -> dict[str, str]:
    return {path: hashlib.new(algorithm, content).hexdigest() for path, content in files.items()}


def known(version: str, patches: tuple[str, ...] = (), algorithm: str = "sha256") -> Known:
    kind = OURS if "-p" in version else VENDORS
    base = version.partition(".0-p")[0]
    return Known(kind, version, base, sums(TREES[version], algorithm), patches, tree=version)


def ground(*, stacks: dict[str, tuple[str, ...]] | None = None, algorithm: str = "sha256", **told: str) -> Ground:
    """Releases 1.2.2 to 1.2.4, builds p1 (one patch) and p2 (two) on 1.2.3, whose stack has both."""
    return Ground(
        component=TIDY,
        known=(
            *(known(version, algorithm=algorithm) for version in ("1.2.2", "1.2.3", "1.2.4")),
            known("1.2.3.0-p1", (WAIT.id,), algorithm),
            known("1.2.3.0-p2", (WAIT.id, FORM.id), algorithm),
        ),
        patches={WAIT.id: WAIT, FORM.id: FORM},
        stacks={"1.2.3": (WAIT.id, FORM.id)} if stacks is None else stacks,
        main=MAIN,
        read=lambda tree, path: TREES[tree].get(path),
        **told,
    )


def look(files: Files, version: str | None = "", algorithm: str = "sha256") -> Listing:
    head = files.get(MAIN, b"").partition(b"Version: ")[2].partition(b"\n")[0].decode()
    return Listing(sums(files, algorithm), algorithm, head.strip() or None if version == "" else version, "a folder")


def states(seen: Evidence) -> list[str]:
    return [one.state for one in seen.patches]


def test_our_newest_build_is_patched_and_every_patch_there():
    seen = judge(look(SECOND), ground())

    assert (seen.state, seen.certainty, seen.build, seen.release) == (PATCHED, "verified", "1.2.3.0-p2", "1.2.3")
    assert (states(seen), seen.total, seen.warnings) == ([THERE, THERE], 0, ())


def test_an_older_build_is_patched_but_the_patch_that_came_later_is_missing_and_said():
    seen = judge(look(FIRST), ground())

    assert (seen.state, states(seen)) == (PATCHED, [THERE, MISSING])
    assert any("older build" in warning and FORM.id in warning for warning in seen.warnings)


def test_the_release_that_the_build_is_made_of_is_lost_and_the_build_is_named():
    seen = judge(look(STOCK), ground(expected="1.2.3.0-p2"))

    assert (seen.state, seen.certainty, seen.build, states(seen)) == (LOST, "verified", None, [MISSING, MISSING])
    assert "1.2.3.0-p2" in seen.why
    assert "byte for byte" in seen.why


def test_a_newer_release_without_a_stack_of_its_own_is_lost():
    seen = judge(look(NEWER), ground())

    assert (seen.state, seen.release, states(seen)) == (LOST, "1.2.4", [MISSING, MISSING])


def test_a_release_on_which_no_patch_is_left_is_as_it_should_be():
    seen = judge(look(NEWER), ground(stacks={"1.2.3": (WAIT.id,), "1.2.4": ()}, expected="1.2.3.0-p1"))

    assert (seen.state, seen.build, seen.patches) == (PATCHED, None, ())
    assert "as it should be" in seen.why


def test_a_release_with_a_file_of_an_older_one_does_not_hold_what_it_holds():
    landed = ground(stacks={"1.2.3": (WAIT.id,), "1.2.4": ()}, expected="1.2.3.0-p1")
    seen = judge(look(NEWER | {"mail.php": STOCK["mail.php"]}), landed)

    assert seen.state == OTHER
    assert "mail.php" in seen.why


def test_what_nobody_here_knows_is_not_called_a_build_that_it_is_nearest_to():
    strange = SECOND | {"mail.php": b"<?php\nnews();\n", MAIN: HEADER.format("1.9").encode()}
    seen = judge(look(strange), ground())

    assert (seen.state, seen.certainty, seen.build) == (LOST, CLAIMED, None)


def test_a_fork_that_never_had_a_patch_asks_for_none():
    assert judge(look(STOCK), ground(stacks={})).state == PATCHED


def test_a_release_older_than_every_patch_is_another_version():
    assert judge(look(OLDER), ground()).state == OTHER


def test_an_older_release_where_our_build_was_before_is_lost():
    assert judge(look(OLDER), ground(expected="1.2.3.0-p1")).state == LOST


@pytest.mark.parametrize("path", ["form.php", "mail.php", MAIN, "logo.png"])
def test_a_file_that_neither_we_nor_the_vendor_made_is_tampered_with_and_named(path):
    seen = judge(look(SECOND | {path: TREES["1.2.3.0-p2"][path] + b"evil();"}), ground())

    assert seen.state == TAMPERED
    assert path in seen.why
    assert [one.path for one in seen.differences] == [path]


def test_a_changed_file_of_one_patch_leaves_the_other_patch_there():
    seen = judge(look(SECOND | {"form.php": b"<?php evil();"}), ground())

    assert states(seen) == [THERE, CHANGED]


def test_a_file_that_is_not_there_is_tampered_with():
    seen = judge(look({path: content for path, content in SECOND.items() if path != "logo.png"}), ground())

    assert seen.state == TAMPERED
    assert seen.differences[0].how == "absent"


@pytest.mark.parametrize(
    "name", ["x.php", "a/b.phtml", "img.php.jpg", ".htaccess", "c/.user.ini", "SHELL.PHP", "x.phar"]
)
def test_an_added_file_that_a_server_may_run_is_tampered_with(name):
    assert judge(look(SECOND | {name: b"<?php evil();"}), ground()).state == TAMPERED


@pytest.mark.parametrize("name", ["logs/send.log", "cache/a.json", "error_log", "uploads/x.png", "notes.txt"])
def test_an_added_file_that_nothing_runs_is_told_and_changes_no_state(name):
    seen = judge(look(SECOND | {name: b"x"}), ground())

    assert (seen.state, [one.path for one in seen.differences]) == (PATCHED, [name])


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("cache/index.php", b"<?php\n// Silence is golden.\n"),
        ("logs/.htaccess", b"deny from all\r\n"),
        ("a/index.php", b""),
    ],
)
def test_a_file_that_only_keeps_people_out_is_no_intruder(name, content):
    assert judge(look(SECOND | {name: content}), ground()).state == PATCHED


def test_our_marks_and_the_readme_may_be_missing():
    bare = {
        p: c for p, c in SECOND.items() if p not in ("plugwatch-manifest.json", "PLUGWATCH-CHANGES.md", "readme.txt")
    }
    seen = judge(look(bare), ground())

    assert (seen.state, seen.total) == (PATCHED, 3)


def test_a_readme_with_other_words_does_not_count():
    assert judge(look(SECOND | {"readme.txt": b"Tested up to: 6.9\n"}), ground()).state == PATCHED


@pytest.mark.parametrize(
    "form",
    [
        lambda data: data.replace(b"\n", b"\r\n"),
        lambda data: b"\xef\xbb\xbf" + data,
        lambda data: b"\xef\xbb\xbf" + data.replace(b"\n", b"\r\n"),
    ],
)
def test_the_same_code_in_another_form_is_there_and_said(form):
    files = {path: form(data) if path.endswith(".php") else data for path, data in SECOND.items()}
    seen = judge(look(files), ground())

    assert (seen.state, states(seen)) == (PATCHED, [THERE, THERE])
    assert any("same code in another form" in warning for warning in seen.warnings)


def test_the_vendors_code_in_another_form_is_lost_all_the_same():
    files = {path: data.replace(b"\n", b"\r\n") if path.endswith(".php") else data for path, data in STOCK.items()}
    seen = judge(look(files), ground())

    assert (seen.state, states(seen)) == (LOST, [MISSING, MISSING])


def test_a_picture_with_other_bytes_is_never_taken_for_another_form():
    assert judge(look(SECOND | {"logo.png": b"\x89PNG\0\x01\r\n"}), ground()).state == TAMPERED


def test_a_place_that_lies_about_its_version_is_lost_and_verified():
    by_hand = STOCK | {MAIN: HEADER.format("1.2.3.0-p2").encode()}
    seen = judge(look(by_hand), ground(claimed="1.2.3.0-p2"))

    assert (seen.state, seen.certainty, states(seen)) == (LOST, "verified", [MISSING, MISSING])
    assert any("1.2.3.0-p2" in warning for warning in seen.warnings)


def test_the_builds_main_file_over_the_vendors_other_files_is_lost():
    assert judge(look(STOCK | {MAIN: SECOND[MAIN]}), ground()).state == LOST


def test_an_inventory_that_says_stock_where_the_build_is_gets_a_warning():
    seen = judge(look(SECOND), ground(claimed="1.2.3"))

    assert (seen.state, len(seen.warnings)) == (PATCHED, 1)


def test_our_files_below_the_vendors_main_file_are_patched_with_a_warning():
    seen = judge(look(SECOND | {MAIN: STOCK[MAIN]}), ground())

    assert (seen.state, states(seen)) == (PATCHED, [THERE, THERE])
    assert any(MAIN in warning and "update" in warning for warning in seen.warnings)


def test_half_an_update_over_our_build_is_lost():
    seen = judge(look(SECOND | {"mail.php": STOCK["mail.php"]}), ground())

    assert (seen.state, states(seen)) == (LOST, [MISSING, THERE])


def test_files_of_another_release_among_ours_are_another_version():
    ours = ground()
    odd = {**TREES["1.2.4"], "extra.php": b"<?php\nnewer();\n"}
    later = replace(known("1.2.4"), files=sums(odd))
    seen = judge(
        look(SECOND | {"extra.php": odd["extra.php"]}), replace(ours, known=(*ours.known[:2], later, *ours.known[3:]))
    )

    assert seen.state == OTHER
    assert "extra.php" in seen.why


def test_patches_put_there_by_hand_without_our_marks_are_seen():
    parts = (
        Known(PARTLY, "1.2.3", "1.2.3", sums({"mail.php": b"<?php\nwait();\nsend();\n"}), (WAIT.id,)),
        Known(PARTLY, "1.2.3", "1.2.3", sums({"form.php": b"<?php\nform( 1 );\n"}), (WAIT.id, FORM.id)),
    )
    by_hand = STOCK | {"mail.php": b"<?php\nwait();\nsend();\n", "form.php": b"<?php\nform( 1 );\n"}
    seen = judge(look(by_hand), replace(ground(), parts=parts))

    assert states(seen) == [THERE, THERE]
    assert seen.state == PATCHED


def test_a_file_that_two_patches_touch_is_unsure_where_nothing_tells_them_apart():
    shared = {one.id: replace(one, files=frozenset({"mail.php"})) for one in (WAIT, FORM)}
    seen = judge(look(SECOND | {"mail.php": b"<?php\nother();\n"}), replace(ground(), patches=shared))

    assert UNSURE in states(seen)
    assert seen.state == TAMPERED


def test_what_is_wanted_and_what_is_there_are_compared():
    assert judge(look(FIRST), ground(against="1.2.3.0-p2")).state == OTHER
    assert judge(look(SECOND), ground(against="1.2.3.0-p2")).state == PATCHED


def test_asking_for_something_never_hides_that_a_build_is_lost():
    for wanted in ("1.2.3.0-p2", "1.2.3", "1.2.4"):
        assert judge(look(STOCK), ground(against=wanted)).state == LOST


def test_a_release_that_nobody_knows_over_our_build_is_lost_but_only_claimed():
    strange = release("1.3.0", mail_php=b"<?php\nall_new();\n", form_php=b"<?php\nall_new( 2 );\n")
    seen = judge(look(strange), ground())

    assert (seen.state, seen.certainty, states(seen)) == (LOST, "claimed", [UNSURE, UNSURE])
    assert "fork import" in seen.why


def test_an_older_release_that_nobody_knows_is_another_version():
    strange = release("1.1.0", mail_php=b"<?php\nold();\n", form_php=b"<?php\nold( 2 );\n")

    assert judge(look(strange), ground()).state == OTHER


def test_a_build_that_nobody_here_knows_is_unknown_and_asks_for_a_sync():
    seen = judge(look(build("1.2.3.0-p7", STOCK, mail_php=b"<?php\n", form_php=b"<?php\n")), ground())

    assert seen.state == UNKNOWN
    assert "fork sync" in seen.why


def test_what_a_site_says_of_its_version_never_becomes_a_command():
    strange = release("1.3; rm -rf ~", mail_php=b"<?php\nx();\n", form_php=b"<?php\ny();\n")

    assert "--version V " in judge(look(strange), ground()).why


def test_files_of_something_else_are_unknown_and_never_fine():
    seen = judge(look({"other.php": b"<?php\n"}), ground())

    assert seen.state == UNKNOWN
    assert seen.certainty == "claimed"


def test_md5_tells_the_same_but_is_not_trusted_against_harm():
    seen = judge(look(SECOND, algorithm="md5"), ground(algorithm="md5"))

    assert seen.state == PATCHED
    assert any("MD5" in warning for warning in seen.warnings)


def test_the_directorys_list_may_name_files_that_are_gone():
    listed = Known(VENDORS, "1.3.0", "1.3.0", sums(release("1.3.0")) | {"gone.php": "0" * 64}, loose=True)
    seen = judge(look(release("1.3.0")), replace(ground(), known=(*ground().known, listed)))

    assert (seen.state, seen.certainty, seen.release) == (LOST, "verified", "1.3.0")


def test_every_difference_of_a_build_to_its_release_is_explained():
    told = {one.path: one.why for one in explain(ground().find("1.2.3.0-p2"), ground().find("1.2.3"), ground().patches)}

    assert set(told) == {MAIN, "mail.php", "form.php", "plugwatch-manifest.json", "PLUGWATCH-CHANGES.md"}
    assert told["mail.php"] == "changed by pw-aaaaaaaaaa (Wait)"
    assert told[MAIN].startswith("the build's own mark")
    assert told["PLUGWATCH-CHANGES.md"].startswith("only in ours")


def test_a_hundred_thousand_strange_files_are_counted_and_the_telling_ones_kept():
    many = {f"cache/{number}.json": b"{}" for number in range(100_000)}
    seen = judge(look(SECOND | many | {"z.php": b"<?php evil();"}), ground())

    assert (seen.state, seen.total) == (TAMPERED, 100_001)
    assert len(seen.differences) <= 200
    assert seen.differences[0].path == "z.php"


def test_a_name_that_differs_in_letter_case_only_says_so():
    seen = judge(look(SECOND | {"Mail.php": b"<?php evil();"}), ground())

    assert "letter case only" in seen.differences[0].why


@settings(max_examples=60, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from([*SECOND, "x.php", "y.log"]), st.sampled_from([b"", b"<?php\n", MAIL, BOTH]), max_size=4
    )
)
def test_nothing_but_known_code_is_ever_called_patched(changed):
    """Whatever is put over a build: PATCHED means that each PHP file of it is as in the build, or without effect."""
    files = SECOND | changed
    seen = judge(look(files, "1.2.3.0-p2"), ground())

    foreign = [path for path in changed if path.endswith(".php") and path in SECOND and files[path] != SECOND[path]]
    if seen.state == PATCHED:
        assert not foreign or all(files[path] == STOCK.get(path) for path in foreign)
        assert files.get("x.php", b"") in (b"", b"<?php\n")

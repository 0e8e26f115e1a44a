"""A patch on a release, file by file: moved, taken away, there already, and in the way of something else."""

from __future__ import annotations

from pathlib import Path

import pytest
from workbench import add_files, add_patch, add_state, mail_file, plugin, upgrade, write_files

from plugwatch.errors import ForkError
from plugwatch.forks.fork import Fork
from plugwatch.forks.overview import read_overview
from plugwatch.forks.php import Parser
from plugwatch.forks.upgrade import Request, forecast_upgrade
from plugwatch.model.fork import Outcome, Plan

FIXED = mail_file(seconds=60)
HELLO = mail_file(subject="'Hello'")
BOTH = mail_file(seconds=60, subject="'Hello'")


def tried(fork: Fork, folder: Path, patched: dict[str, bytes], released: dict[str, bytes]) -> Plan:
    """The plan for a patch on 1.0.0 where 2.0.0 comes out."""
    add_files(fork, folder / "1.0.0", plugin("1.0.0"))
    add_patch(fork, folder / "edited", patched, "A patch")
    add_files(fork, folder / "2.0.0", released)
    return upgrade(fork, "2.0.0").plan


def only(plan: Plan) -> Outcome:
    """What became of the one patch."""
    (outcome,) = plan.outcomes
    return outcome


def files(fork: Fork, tree: str) -> dict[str, bytes]:
    return {path: fork.git.blob(entry.blob) for path, entry in fork.git.tree(tree).items()}


def moved(content: bytes) -> dict[str, bytes]:
    """The plugin with its mail file at another place."""
    return plugin(mail=None) | {"includes/send.php": content}


def test_a_file_that_the_patch_moves_is_moved_with_what_the_vendor_changed(fork: Fork, tmp_path: Path) -> None:
    plan = tried(fork, tmp_path, moved(FIXED) | {"new.txt": b"new\n"}, plugin("2.0.0", mail=HELLO))
    assert only(plan).verdict == "carried"
    assert files(fork, plan.tree) == plugin("2.0.0", mail=None) | {"includes/send.php": BOTH, "new.txt": b"new\n"}


def test_a_file_that_goes_and_one_that_comes_are_not_taken_for_a_move(fork: Fork, tmp_path: Path) -> None:
    plan = tried(fork, tmp_path, plugin(readme=None) | {"new.txt": b"quite another\n"}, plugin("2.0.0", mail=HELLO))
    assert only(plan).verdict == "carried"
    assert files(fork, plan.tree) == plugin("2.0.0", mail=HELLO, readme=None) | {"new.txt": b"quite another\n"}


@pytest.mark.parametrize("gone", [("readme.txt",), ("readme.txt", "docs/faq.txt", "docs/old/faq.txt")])
def test_a_file_that_the_vendor_removed_too_does_not_stop_the_rest(
    fork: Fork, tmp_path: Path, gone: tuple[str, ...]
) -> None:
    docs = {"docs/faq.txt": b"Why?\n", "docs/old/faq.txt": b"Where?\n", "a.txt": b"a\n", "b.txt": b"b\n"}
    add_files(fork, tmp_path / "1.0.0", plugin("1.0.0") | docs)
    patched, released = plugin(mail=FIXED) | docs, plugin("2.0.0", mail=HELLO) | docs
    for path in gone:
        del patched[path], released[path]
    add_state(fork, tmp_path / "edited", patched, "Wait, and tidy up")
    add_files(fork, tmp_path / "2.0.0", released)
    plan = upgrade(fork, "2.0.0").plan
    assert (only(plan).verdict, only(plan).confidence) == ("carried", "high")
    assert files(fork, plan.tree) == released | {"includes/mail.php": BOTH}


def test_a_new_file_that_the_release_has_with_another_mode_needs_a_person(fork: Fork, tmp_path: Path) -> None:
    script = {"bin/run": b"#!/bin/sh\n"}
    more = FIXED.replace(b"$step_5 = prepare", b"$step_5 = prepare_well").replace(b"$step_9 = ", b"$step_nine = ")
    edited = write_files(tmp_path / "edited", plugin(mail=more) | script)
    (edited / "bin" / "run").chmod(0o755)
    outcome = only(tried(fork, tmp_path, {}, plugin("2.0.0", mail=HELLO) | script))
    assert outcome.verdict == "conflict"
    assert outcome.evidence == ("bin/run: the patch and the release have both changed what kind of file it is",)


def test_a_new_file_where_the_release_has_a_folder_needs_a_person(fork: Fork, tmp_path: Path) -> None:
    outcome = only(tried(fork, tmp_path, plugin() | {"lib": b"ours\n"}, plugin("2.0.0") | {"lib/a.php": b"<?php\n"}))
    assert (outcome.verdict, outcome.confidence) == ("conflict", "low")
    assert outcome.evidence == ("lib would be a file and a folder at once in the release",)


def test_a_patch_on_a_file_of_a_patch_that_stops_has_no_place(fork: Fork, tmp_path: Path) -> None:
    add_files(fork, tmp_path / "1.0.0", plugin("1.0.0"))
    for number in (1, 2):
        state = plugin(mail=FIXED) | {"new.php": b"<?php\n$number = %d;\n" % number}
        add_patch(fork, tmp_path / f"edited-{number}", state, f"Patch {number}")
    add_files(fork, tmp_path / "2.0.0", plugin("2.0.0", mail=mail_file(seconds=15)))
    first, second = upgrade(fork, "2.0.0").plan.outcomes
    assert (first.verdict, second.verdict) == ("conflict", "conflict")
    assert second.evidence[0].startswith("new.php: the release has neither this file nor one that it was renamed to")


def test_a_release_that_is_not_there_is_named(carrying: Fork) -> None:
    with Parser() as parser, pytest.raises(ForkError, match=r"plugin/tidy-forms has no release 9\.9"):
        forecast_upgrade(read_overview(carrying), carrying.git, Request("1.0.0", "9.9"), parser)

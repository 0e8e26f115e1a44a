"""Patches on a stack from which one below them was taken."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest
from workbench import add_patch, add_state, mail_file, plugin

from plugwatch.forks.fork import Fork
from plugwatch.forks.restack import Restacked, restack

SLOW = plugin(mail=mail_file(seconds=60))


def _without_first(fork: Fork) -> Restacked:
    first, *above = fork.stack("1.0.0")
    return restack(fork.git, first.base_tree, above)


def _files(fork: Fork, tree: str) -> dict[str, bytes]:
    return {path: fork.git.blob(entry.blob) for path, entry in fork.git.tree(tree).items()}


def _stack(fork: Fork, folder: Path, *states: Mapping[str, bytes]) -> list[str]:
    """More patches, given by the files that each leads to; their ids."""
    return [
        add_patch(fork, folder / str(number), files, f"Patch {number}").id for number, files in enumerate(states, 2)
    ]


def test_those_above_keep_their_change_and_lose_the_others(carrying: Fork, tmp_path: Path) -> None:
    greeting = mail_file(seconds=60, subject="'Hello'")
    new = {"new.txt": b"new\n"}
    ids = _stack(carrying, tmp_path, plugin(mail=greeting), plugin(mail=greeting) | new)
    done = _without_first(carrying)
    assert (done.blocked, done.evidence) == (None, ())
    assert [patch.id for patch, _tree in done.stack] == ids
    first, second = (_files(carrying, tree) for _patch, tree in done.stack)
    assert first == plugin(mail=mail_file(subject="'Hello'"))
    assert second == first | new


def test_one_beside_it_keeps_its_change(carrying: Fork, tmp_path: Path) -> None:
    """Lines that touch are a conflict for git; who drops the one below would have to make the other again."""
    sender = b"\t$wait = 60;\n\n\t$step_1 = prepare( $message, 1 );"
    both = SLOW["includes/mail.php"].replace(
        sender, b"\t$wait = 60;\n\t$tries = 3;\n\t$step_1 = prepare( $message, 1 );"
    )
    (beside,) = _stack(carrying, tmp_path, plugin(mail=both))
    done = _without_first(carrying)
    assert [patch.id for patch, _tree in done.stack] == [beside]
    assert _files(carrying, done.stack[0][1]) == plugin(mail=both.replace(b"$wait = 60", b"$wait = 10"))


def test_nothing_above_is_nothing_to_do(carrying: Fork) -> None:
    assert _without_first(carrying) == Restacked(())


def test_one_that_changes_what_went_stops_it(carrying: Fork, tmp_path: Path) -> None:
    readme = SLOW | {"readme.txt": b"=== Tidier ===\n"}
    slower = plugin(mail=mail_file(seconds=90), readme=readme["readme.txt"])
    good, bad, _later = _stack(carrying, tmp_path, readme, slower, slower | {"a.txt": b"a\n"})
    done = _without_first(carrying)
    assert [patch.id for patch, _tree in done.stack] == [good]
    assert done.blocked is not None
    assert done.blocked.id == bad
    assert done.evidence == ("includes/mail.php: it changes what the other one put there",)


def test_one_that_took_the_other_back_would_be_nothing(carrying: Fork, tmp_path: Path) -> None:
    readme = {"readme.txt": b"=== Tidier ===\n"}
    _stack(carrying, tmp_path, SLOW | readme)
    back = add_state(carrying, tmp_path / "back", plugin() | readme, "Take it back")
    _stack(carrying, tmp_path / "later", plugin() | readme | {"a.txt": b"a\n"})
    done = _without_first(carrying)
    assert done.blocked is not None
    assert (done.blocked.id, done.evidence) == (back.id, ("it would change nothing there",))


@pytest.mark.skipif(shutil.which("php") is None, reason="needs php, to say what parses")
def test_one_whose_php_rested_on_the_other_stops_it(fork: Fork, tmp_path: Path) -> None:
    from workbench import add_files

    lines = [f"$line_{n} = {n};\n" for n in range(30)]
    one, other = "".join(lines[:15]), "".join(lines[15:])

    def state(text: str) -> dict[str, bytes]:
        return plugin() | {"a.php": f"<?php\n{text}".encode()}

    add_files(fork, tmp_path / "1", state(one + other))
    add_patch(fork, tmp_path / "if", state(f"if ( $x ) {{\n{one}{other}}}\n"), "Only where it is wanted")
    add_patch(fork, tmp_path / "else", state(f"if ( $x ) {{\n{one}}} else {{\n{other}}}\n"), "And otherwise")
    done = _without_first(fork)
    assert done.blocked is not None
    assert done.blocked.title == "And otherwise"
    (said,) = done.evidence
    assert said.startswith("a.php: PHP: ")

"""Merging by hand on a real fork, without a folder: begin, go on, drop, give up, and what is remembered."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from services import require
from workbench import add_files, add_patch, git, mail_file, plugin, public_refs, stamp, upgrade

from plugwatch.errors import ForkError
from plugwatch.forks.conflicts import MergingFork
from plugwatch.forks.fork import ForkStore
from plugwatch.forks.resolutions import Book
from plugwatch.model.component import Component
from plugwatch.model.operation import Operation
from plugwatch.workflows import resolve as workflow
from plugwatch.workflows.resolve import Open, Step
from plugwatch.workflows.resolve_checks import Consent

TIDY = Component("plugin", "tidy-forms")
SLOW = mail_file(seconds=60)
BOTH = mail_file(seconds=60, subject="'Hello'")
README = b"=== Tidier ===\nForms, tidied.\n"
NOTHING_SAID = Consent()
ALL = Consent(kinds=frozenset({"lost", "proposal"}))
CONFLICT = "refs/plugwatch/conflicts/2.0.0"
RESOLUTIONS = "refs/plugwatch/resolutions"
# The vendor has changed both places that the patches change, and the readme's first line.
VENDOR = mail_file(seconds=15, subject="'Salut'")


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Forks with release 1.0.0, three patches on it, and release 2.0.0 where the first two conflict."""
    folder = tmp_path_factory.mktemp("merging")
    fork = ForkStore(folder / "forks").create(TIDY)
    add_files(fork, folder / "1", plugin())
    add_patch(fork, folder / "a", plugin(mail=SLOW), "Wait a minute", why="Slow.", seed="one")
    add_patch(fork, folder / "b", plugin(mail=BOTH), "Say hello", seed="two")
    add_patch(fork, folder / "c", plugin(mail=BOTH, readme=README), "Rename it", seed="three")
    add_files(fork, folder / "2", plugin("2.0.0", mail=VENDOR))
    return folder / "forks"


@pytest.fixture
def fork(prepared: Path, tmp_path: Path) -> MergingFork:
    """A copy of it for one test."""
    shutil.copytree(prepared, tmp_path / "forks")
    return MergingFork(tmp_path / "forks" / "plugin" / "tidy-forms.git", TIDY)


def nobody(_key: str) -> None:
    """Nobody has resolved anything."""


def carry_out(fork: MergingFork, operation: Operation | None) -> None:
    """Move the refs of an operation, if there is one."""
    if operation:
        fork.commit(operation)


def begin(fork: MergingFork, *accepted: str) -> Open:
    """``fork resolve --to 2.0.0``."""
    with fork.writing("fork resolve"):
        opened, operation = workflow.begin(fork, "2.0.0", accepted, Book(fork).find, stamp=stamp("ana"))
        carry_out(fork, operation)
    assert opened
    return opened


def go_on(
    fork: MergingFork,
    edited: Mapping[str, bytes | None],
    consent: Consent = NOTHING_SAID,
    actor: str = "ana",
    said: Collection[str] = (),
) -> Step:
    """``fork resolve --continue``; of the patches that were ``said`` somebody says that the release has them."""
    with fork.writing("fork resolve"):
        opened = workflow.find_open(fork, None, lambda _version: said)
        assert opened
        step, operation = workflow.go_on(fork, opened, edited, consent, Book(fork).find, stamp=stamp(actor))
        assert (operation is None) == bool(step.problems)
        carry_out(fork, operation)
    return step


def laid(fork: MergingFork, opened: Open, path: str = "includes/mail.php") -> bytes:
    """A file as it was laid out."""
    return fork.content(opened.conflict.laid, path) or b""


def mail(seconds: int, subject: str) -> dict[str, bytes | None]:
    """The file as a person leaves it."""
    return {"includes/mail.php": mail_file(seconds=seconds, subject=subject)}


def content(fork: MergingFork, path: str) -> bytes:
    """A file of the stack on 2.0.0."""
    return git(fork.directory, "cat-file", "blob", f"refs/heads/carried/2.0.0:{path}")


def test_it_stops_at_the_first_patch_that_needs_a_person_and_moves_nothing_else(fork: MergingFork) -> None:
    before = fork.refs()
    opened = begin(fork)
    after = fork.refs()
    assert {name for name in after if after[name] != before.get(name)} == {
        CONFLICT,
        "refs/plugwatch/done",
        "refs/plugwatch/ops/6",
    }
    conflict = opened.conflict
    assert (conflict.patch, conflict.title) == (fork.stack("1.0.0")[0].patch.id, "Wait a minute")
    assert [(file.path, file.state) for file in conflict.files] == [("includes/mail.php", "conflict")]
    text = laid(fork, opened)
    assert text.count(b"<<<<<<< release 2.0.0\n") == 1
    assert b"'Salut'" in text
    assert fork.read_conflict(after[CONFLICT]) == conflict
    shown = git(fork.directory, "ls-tree", "--name-only", CONFLICT).decode().split()
    assert shown == ["component", "onto", "state.json"]


def test_the_whole_stack_goes_up_as_one_operation(fork: MergingFork) -> None:
    patches = [entry.patch for entry in fork.stack("1.0.0")]
    begin(fork)
    public = public_refs(fork.directory)
    second = go_on(fork, mail(75, "'Salut'"), ALL)
    assert second.stopped
    assert public_refs(fork.directory) == public
    assert second.stopped.conflict.title == "Say hello"
    kept = git(fork.directory, "ls-tree", "--name-only", f"{CONFLICT}:by_hand").decode().split()
    assert [git(fork.directory, "cat-file", "blob", blob) for blob in kept] == [
        mail_file(seconds=75, subject="'Salut'")
    ]
    assert b"$wait = 75;" in laid(fork, second.stopped)
    done = go_on(fork, mail(75, "'Hello and salut'"), ALL)
    assert done.upgrade
    assert done.upgrade.branch == "carried/2.0.0"
    assert [entry.patch for entry in fork.stack("2.0.0")] == patches
    assert content(fork, "includes/mail.php") == mail_file(seconds=75, subject="'Hello and salut'")
    assert content(fork, "readme.txt") == README
    assert fork.conflicts() == {}
    last = fork.operation(fork.operations()[-1])
    assert last.command == "fork upgrade"
    assert sorted(change.name for change in last.refs) == ["refs/heads/carried/2.0.0", CONFLICT, RESOLUTIONS]
    assert last.rows["stacks"] == [{"version": "2.0.0", "patches": [patch.id for patch in patches]}]


def test_a_patch_that_the_release_has_is_dropped_with_its_evidence(fork: MergingFork) -> None:
    ids = [entry.patch.id for entry in fork.stack("1.0.0")]
    begin(fork)
    with fork.writing("fork resolve"):
        opened = workflow.find_open(fork, "2.0.0")
        assert opened
        step, operation = workflow.drop(fork, opened, nobody, stamp=stamp("ana"))
        carry_out(fork, operation)
    assert step.stopped
    assert step.stopped.conflict.patch == ids[1]
    done = go_on(fork, mail(15, "'Hello'"), ALL)
    assert done.upgrade
    assert [entry.patch.id for entry in fork.stack("2.0.0")] == ids[1:]
    rows = fork.operation(fork.operations()[-1]).rows["drops"]
    assert [(row["patch"], row["version"]) for row in rows] == [(ids[0], "2.0.0")]
    assert rows[0]["evidence"][-1] == "ana said that the release has it"


def test_what_somebody_has_said_is_in_the_release_is_not_asked_again(fork: MergingFork) -> None:
    ids = [entry.patch.id for entry in fork.stack("1.0.0")]
    opened = begin(fork, ids[0], "pw-zzzzzzzzzz")
    assert opened.conflict.patch == ids[1]
    # What merges cleanly after all is carried, whoever said otherwise.
    step = go_on(fork, mail(15, "'Hello'"), ALL, said=(ids[0], ids[2], "pw-zzzzzzzzzz"))
    assert step.upgrade
    assert [entry.patch.id for entry in fork.stack("2.0.0")] == ids[1:]


def test_a_yes_that_was_taken_back_is_not_used(fork: MergingFork) -> None:
    ids = [entry.patch.id for entry in fork.stack("1.0.0")]
    begin(fork, ids[0])
    with pytest.raises(ForkError, match=r"took that back, .* give it up with .* --abort"):
        go_on(fork, mail(15, "'Hello'"), ALL)
    assert "2.0.0" not in fork.stacks()


def test_a_yes_counts_for_the_patches_that_are_still_to_come(fork: MergingFork) -> None:
    ids = [entry.patch.id for entry in fork.stack("1.0.0")]
    opened = begin(fork, ids[1])
    assert opened.conflict.patch == ids[0]
    second = go_on(fork, mail(75, "'Salut'"), ALL)
    assert second.stopped
    assert second.stopped.conflict.patch == ids[1]
    workflow.find_stop(fork, replace(second.stopped, said=(ids[0], ids[1])), keep=False)  # what waits is hers to decide


def test_what_was_dropped_in_the_merge_needs_no_other_yes(fork: MergingFork) -> None:
    ids = [entry.patch.id for entry in fork.stack("1.0.0")]
    opened = begin(fork)
    with fork.writing("fork resolve"):
        step, operation = workflow.drop(fork, opened, nobody, stamp=stamp())
        carry_out(fork, operation)
    assert step.stopped
    assert go_on(fork, mail(15, "'Hello'"), ALL).upgrade
    assert [entry.patch.id for entry in fork.stack("2.0.0")] == ids[1:]


def test_nothing_to_do_is_no_merge(fork: MergingFork, tmp_path: Path) -> None:
    add_files(fork, tmp_path / "1.1.0", plugin("1.1.0"))
    assert workflow.begin(fork, "1.1.0", (), nobody, stamp=stamp()) == (None, None)


def test_giving_up_leaves_the_refs_as_they_were(fork: MergingFork) -> None:
    before = {name: oid for name, oid in fork.refs().items() if not name.startswith("refs/plugwatch/")}
    begin(fork)
    go_on(fork, mail(75, "'Salut'"), ALL)
    with fork.writing("fork resolve"):
        fork.commit(workflow.give_up(fork, "2.0.0", stamp=stamp()))
    after = fork.refs()
    assert {
        n: o for n, o in after.items() if not n.startswith(("refs/plugwatch/ops/", "refs/plugwatch/done"))
    } == before
    with fork.writing("fork resolve"), pytest.raises(KeyError):
        workflow.give_up(fork, "2.0.0", stamp=stamp())


# What keeps a result from being taken


def kinds(step: Step) -> list[tuple[str, str]]:
    """What is wrong, and where."""
    return [(problem.kind, problem.path) for problem in step.problems]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda text: text, [("markers", "includes/mail.php")] * 4),
        (lambda text: text.replace(b"=======\n", b""), [("markers", "includes/mail.php")] * 3),
        (lambda _text: VENDOR, [("empty", "")]),
        (lambda _text: mail_file(seconds=75, subject="'Salut'"), [("lost", "includes/mail.php")]),
        (lambda _text: None, [("lost", "includes/mail.php")]),
    ],
)
def test_a_result_that_is_not_done_is_not_taken(
    fork: MergingFork, change: Callable[[bytes], bytes | None], expected: list[tuple[str, str]]
) -> None:
    opened = begin(fork)
    before = fork.refs()
    text = laid(fork, opened)
    after = change(text)
    step = go_on(fork, {} if after == text else {"includes/mail.php": after})
    assert kinds(step) == expected
    assert fork.refs() == before


def test_other_files_may_change_where_the_person_says_so(fork: MergingFork) -> None:
    begin(fork)
    edited = {**mail(60, "'Salut'"), "readme.txt": b"New\n", "src/new.php": b"<?php\n", "tidy-forms.php": None}
    assert kinds(go_on(fork, edited)) == [
        ("outside", "readme.txt"),
        ("outside", "src/new.php"),
        ("outside", "tidy-forms.php"),
    ]
    step = go_on(fork, edited, Consent(also=("./readme.txt", "src/", "tidy-forms.php")))
    assert step.stopped
    opened = workflow.find_open(fork, None)
    assert opened
    files = opened.conflict.attempt.by_hand[fork.stack("1.0.0")[0].patch.id]
    assert sorted(files) == ["includes/mail.php", "readme.txt", "src/new.php", "tidy-forms.php"]
    assert files["tidy-forms.php"] is None
    assert fork.content(opened.conflict.onto, "src/new.php") == b"<?php\n"
    assert fork.content(opened.conflict.onto, "tidy-forms.php") is None


def test_a_question_is_answered_once_and_for_what_was_seen(fork: MergingFork) -> None:
    opened = begin(fork)
    seen = frozenset(workflow.review(fork, opened, mail(75, "'Salut'"), Consent()))
    assert {problem.kind for problem in seen} == {"lost"}
    other = go_on(fork, {"includes/mail.php": None}, Consent(answered=seen))
    assert kinds(other) == [("lost", "includes/mail.php")]
    assert go_on(fork, mail(75, "'Salut'"), Consent(answered=seen)).stopped


@pytest.mark.services
def test_php_that_does_not_parse_is_not_taken(fork: MergingFork) -> None:
    require("php", "php-cli")
    begin(fork)
    before = fork.refs()
    broken = mail_file(seconds=60, subject="'Salut'").replace(b"return wp_mail(", b"return wp_mail((")
    step = go_on(fork, {"includes/mail.php": broken})
    assert [problem.kind for problem in step.problems] == ["php"]
    assert "includes/mail.php: the merged file does not parse" in step.problems[0].text
    assert fork.refs() == before


def test_a_file_that_would_be_a_folder_is_not_taken(fork: MergingFork) -> None:
    begin(fork)
    edited = mail(60, "'Salut'") | {"readme.txt/more.txt": b"x\n"}
    step = go_on(fork, edited, Consent(also=("readme.txt",)))
    assert [problem.kind for problem in step.problems] == ["merge"]


# Another state


def test_a_second_merge_is_refused_while_one_is_under_way(fork: MergingFork, tmp_path: Path) -> None:
    begin(fork)
    add_files(fork, tmp_path / "3", plugin("3.0.0", mail=VENDOR))
    with pytest.raises(ForkError, match=r"a merge of plugin/tidy-forms for 2\.0\.0 is under way; finish it with"):
        workflow.find_open(fork, "3.0.0")
    assert workflow.find_open(fork, "2.0.0") == workflow.find_open(fork, None)


def test_patches_that_changed_meanwhile_are_not_mixed_with_the_old_ones(fork: MergingFork, tmp_path: Path) -> None:
    opened = begin(fork)
    add_patch(fork, tmp_path / "d", plugin(mail=BOTH, readme=README + b"More\n"), "More", on="1.0.0")
    with pytest.raises(ForkError, match=r"the patches on 1\.0\.0 have changed .* give it up with .* --abort"):
        workflow.go_on(fork, opened, mail(60, "'Salut'"), ALL, nobody, stamp=stamp())
    with pytest.raises(ForkError, match=r"have changed"):
        workflow.drop(fork, opened, nobody, stamp=stamp())


def test_patches_that_were_carried_meanwhile_end_it(fork: MergingFork) -> None:
    opened = begin(fork)
    ids = [entry.patch.id for entry in fork.stack("1.0.0")]
    assert upgrade(fork, "2.0.0", *ids[:2]).branch
    with pytest.raises(ForkError, match=r"patches were carried to 2\.0\.0 meanwhile"):
        workflow.check_unchanged(fork, opened.conflict)


def test_patches_that_are_nearer_now_are_named_with_the_way_out(fork: MergingFork, tmp_path: Path) -> None:
    add_files(fork, tmp_path / "1.5", plugin("1.5.0"))
    opened = begin(fork)
    assert upgrade(fork, "1.5.0").branch
    with pytest.raises(ForkError, match=r"carried to 1\.5\.0 meanwhile, .* give it up with .* --abort"):
        workflow.go_on(fork, opened, mail(60, "'Salut'"), ALL, nobody, stamp=stamp())


def test_another_judgement_is_not_taken_for_the_one_then(fork: MergingFork) -> None:
    opened = begin(fork)
    changed = replace(opened.conflict, onto=fork.release("1.0.0").tree)
    with pytest.raises(ForkError, match=r"the merge would not stop at pw-.* as it did when it was laid out"):
        workflow.find_stop(fork, replace(opened, conflict=changed), keep=False)


def test_undo_brings_a_merge_back_and_what_was_learned_goes(fork: MergingFork) -> None:
    from plugwatch.workflows import undo

    begin(fork)
    first = fork.refs()[CONFLICT]
    go_on(fork, mail(75, "'Salut'"), ALL)
    second = fork.refs()[CONFLICT]
    go_on(fork, mail(75, "'Hello and salut'"), ALL)
    assert [workflow.is_dealt_with(fork, "2.0.0", commit) for commit in (first, second)] == [True, True]
    with fork.writing("fork undo"):
        fork.commit(undo.undo_operation(fork, undo.find_undo(fork, None), stamp=stamp()))
    refs = fork.refs()
    assert refs[CONFLICT] == second
    assert RESOLUTIONS not in refs
    assert "refs/heads/carried/2.0.0" not in refs
    assert go_on(fork, mail(80, "'Hello and salut'"), ALL).upgrade
    assert not workflow.is_dealt_with(fork, "2.0.0", "1" * 40)
    assert not workflow.is_dealt_with(fork, "3.0.0", first)


# Remembering


def resolved(fork: MergingFork) -> None:
    """Both patches merged by ana, and carried to 2.0.0."""
    begin(fork)
    go_on(fork, mail(75, "'Salut'"), ALL)
    assert go_on(fork, mail(75, "'Hello and salut'"), ALL).upgrade


def test_what_was_resolved_is_proposed_and_needs_a_yes(fork: MergingFork) -> None:
    resolved(fork)
    learned, damaged = Book(fork).all()
    assert damaged == []
    assert {one.lines for one in learned} == {(b"\t$wait = 75;",), (b"\t$subject = 'Hello and salut';",)}
    assert {(one.author, one.source, one.target, one.component) for one in learned} == {
        ("ana", "1.0.0", "2.0.0", "plugin/tidy-forms")
    }
    with fork.writing("fork resolve"):
        git(fork.directory, "update-ref", "-d", "refs/heads/carried/2.0.0")
    opened = begin(fork)
    assert [file.state for file in opened.conflict.files] == ["proposed"]
    assert laid(fork, opened) == mail_file(seconds=75, subject="'Salut'")
    step = go_on(fork, {}, Consent(kinds=frozenset({"lost"})), actor="ben")
    assert [(p.kind, p.line, p.lines) for p in step.problems] == [("proposal", 4, ("\t$wait = 75;",))]
    assert step.problems[0].text.startswith("filled in as ana did on 2026-05-20 for plugin/tidy-forms 1.0.0 → 2.0.0")
    # Where the person has changed what was filled in, it is hers, and nobody asks.
    step = go_on(fork, mail(80, "'Salut'"), Consent(kinds=frozenset({"lost"})), actor="ben")
    assert step.stopped
    assert step.stopped.conflict.files[0].state == "proposed"
    assert go_on(fork, {}, ALL, actor="ben").upgrade
    assert content(fork, "includes/mail.php") == mail_file(seconds=80, subject="'Hello and salut'")
    assert {(one.author, one.lines) for one in Book(fork).all()[0]} == {
        ("ben", (b"\t$wait = 80;",)),
        ("ana", (b"\t$subject = 'Hello and salut';",)),
    }


def test_what_is_forgotten_is_not_proposed_any_more(fork: MergingFork) -> None:
    resolved(fork)
    for one in Book(fork).all()[0]:
        with fork.writing("fork resolutions"):
            fork.commit(workflow.forget(fork, one.key, stamp=stamp()))
    assert Book(fork).is_empty
    assert fork.operation(fork.operations()[-1]).command == "fork resolutions"


# Other kinds of files


def one_patch(tmp_path: Path, old: dict[str, bytes], edited: dict[str, bytes], new: dict[str, bytes]) -> MergingFork:
    """A fork with one patch, and the release 2.0.0 that it cannot go to."""
    made = ForkStore(tmp_path / "one").create(TIDY)
    add_files(made, tmp_path / "o1", plugin() | old)
    add_patch(made, tmp_path / "o2", plugin() | edited, "Ours")
    add_files(made, tmp_path / "o3", plugin("2.0.0") | new)
    return MergingFork(made.directory, TIDY)


def test_a_file_that_the_vendor_removed_goes_where_the_person_puts_it(tmp_path: Path) -> None:
    fork = one_patch(tmp_path, {"a.php": SLOW}, {"a.php": BOTH}, {"b.php": b"<?php\n// all new\n"})
    opened = begin(fork)
    assert [(file.path, file.state) for file in opened.conflict.files] == [("a.php", "gone")]
    assert kinds(go_on(fork, {})) == [("empty", "")]
    line = b"\t$subject = 'Hello';\n"
    edited = {"b.php": b"<?php\n// all new\n"}
    assert kinds(go_on(fork, edited | {"b.php": b"<?php\n// more\n"}, Consent(also=("b.php",)))) == [("lost", "a.php")]
    assert go_on(fork, {"b.php": b"<?php\n" + line}, Consent(also=("b.php",))).upgrade
    assert content(fork, "b.php") == b"<?php\n" + line


def test_a_picture_is_chosen_as_a_whole(tmp_path: Path) -> None:
    fork = one_patch(tmp_path, {"a.png": b"\0old"}, {"a.png": b"\0ours"}, {"a.png": b"\0theirs"})
    opened = begin(fork)
    assert [(file.path, file.state) for file in opened.conflict.files] == [("a.png", "binary")]
    assert laid(fork, opened, "a.png") == b"\0theirs"
    assert kinds(go_on(fork, {})) == [("empty", "")]
    assert go_on(fork, {"a.png": b"\0ours"}).upgrade
    assert content(fork, "a.png") == b"\0ours"


def test_a_file_that_the_patch_moves_is_at_its_new_place_only(tmp_path: Path) -> None:
    old, ours, theirs = SLOW, SLOW.replace(b"60", b"70"), SLOW.replace(b"60", b"80")
    fork = one_patch(tmp_path, {"a.php": old}, {"inc/a.php": ours}, {"a.php": theirs})
    opened = begin(fork)
    file = next(file for file in opened.conflict.files if file.path == "inc/a.php")
    assert (file.state, file.moved_from) == ("conflict", "a.php")
    assert fork.content(opened.conflict.laid, "a.php") is None
    assert go_on(fork, {"inc/a.php": ours}, ALL).upgrade
    assert content(fork, "inc/a.php") == ours
    assert b"a.php" not in git(fork.directory, "ls-tree", "--name-only", "refs/heads/carried/2.0.0").split()


def test_a_file_that_the_patch_moves_may_stay(tmp_path: Path) -> None:
    old, ours, theirs = SLOW, SLOW.replace(b"60", b"70"), SLOW.replace(b"60", b"80")
    fork = one_patch(tmp_path, {"a.php": old}, {"inc/a.php": ours}, {"a.php": theirs})
    begin(fork)
    assert go_on(fork, {"inc/a.php": None, "a.php": ours}, ALL).upgrade
    assert content(fork, "a.php") == ours
    assert b"inc" not in git(fork.directory, "ls-tree", "--name-only", "refs/heads/carried/2.0.0").split()


def test_a_file_that_the_patch_deletes_is_deleted_by_the_person(tmp_path: Path) -> None:
    made = ForkStore(tmp_path / "one").create(TIDY)
    add_files(made, tmp_path / "o1", plugin() | {"a.php": SLOW})
    add_patch(made, tmp_path / "o2", plugin(readme=README), "Ours")
    add_files(made, tmp_path / "o3", plugin("2.0.0") | {"a.php": BOTH})
    fork = MergingFork(made.directory, TIDY)
    opened = begin(fork)
    assert [(file.path, file.state) for file in opened.conflict.files] == [
        ("a.php", "deleted"),
        ("readme.txt", "merged"),
    ]
    assert kinds(go_on(fork, {})) == [("lost", "a.php")]
    assert go_on(fork, {"a.php": None}).upgrade
    assert content(fork, "readme.txt") == README
    assert b"a.php" not in git(fork.directory, "ls-tree", "--name-only", "refs/heads/carried/2.0.0").split()

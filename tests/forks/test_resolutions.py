"""What forks remember of conflicts: kept in git, shared, read though it may be hostile, forgotten."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from workbench import add_files, fsck, git, git_text, mail_file, plugin, stamp, write_files

from plugwatch.forks.conflicts import MergingFork
from plugwatch.forks.fork import Fork, ForkStore
from plugwatch.forks.resolutions import Book, Library, known_resolutions, write_resolutions
from plugwatch.forks.sync import Exchange
from plugwatch.model.component import Component
from plugwatch.model.git_remote import parse_remote
from plugwatch.model.operation import RefChange
from plugwatch.model.sharing import RESOLUTIONS_REF
from plugwatch.model.verdicts.conflict import Attempt
from plugwatch.model.verdicts.resolution import Resolution

KEYS = ["11" * 32, "22" * 32, "33" * 32]


def made(key: str, text: str = "$wait = 75;", **changed: Any) -> Resolution:
    """A resolution."""
    facts = {"author": "ana", "at": "2026-11-20T10:00:00+01:00", "component": "plugin/tidy-forms", "path": "a.php"}
    facts |= {"patch": "pw-aaaaaaaaaa", "source": "1.0.0", "target": "2.1.0"}
    return Resolution(key, (text.encode(),), **(facts | changed))


def remember(fork: Fork, *resolutions: Resolution, forget: tuple[str, ...] = ()) -> str | None:
    """Write them, and move the ref."""
    below = fork.refs().get(RESOLUTIONS_REF)
    above = write_resolutions(fork, resolutions, forget)
    if above != below:
        fork.git.update_refs([RefChange(RESOLUTIONS_REF, below, above)])
    return above


def test_a_fork_remembers_one_file_for_each(fork: Fork) -> None:
    assert Book(fork).find(KEYS[0]) is None
    remember(fork, made(KEYS[0]), made(KEYS[1], at="2026-11-21T09:00:00+00:00"))
    names = git_text(fork.directory, "ls-tree", "--name-only", RESOLUTIONS_REF).split("\n")
    assert names == KEYS[:2]
    kept = json.loads(git(fork.directory, "cat-file", "-p", f"{RESOLUTIONS_REF}:{KEYS[0]}"))
    assert (kept["author"], kept["lines"]) == ("ana", ["$wait = 75;"])
    assert Book(fork).find(KEYS[0]) == made(KEYS[0])
    assert [one.key for one in Book(fork).all()[0]] == [KEYS[1], KEYS[0]]
    assert fsck(fork.directory) == "notice: HEAD points to an unborn branch (upstream)\n"
    git(fork.directory, "pack-refs", "--all")
    assert Book(fork).all_keys() == KEYS[:2]


def test_the_same_resolutions_give_the_same_commit(fork: Fork, tmp_path: Path) -> None:
    other = ForkStore(tmp_path / "others").create(Component("plugin", "tidy-forms"))
    assert remember(fork, made(KEYS[0]), made(KEYS[1])) == remember(other, made(KEYS[1]), made(KEYS[0]))


def test_a_text_that_is_known_keeps_its_author_and_another_one_takes_its_place(fork: Fork) -> None:
    first = remember(fork, made(KEYS[0]))
    assert remember(fork, made(KEYS[0], author="ben", target="3.0.0")) == first
    remember(fork, made(KEYS[0], "$wait = 80;", author="ben"))
    found = Book(fork).find(KEYS[0])
    assert found is not None
    assert (found.author, found.lines) == ("ben", (b"$wait = 80;",))
    assert git_text(fork.directory, "rev-list", "--count", RESOLUTIONS_REF) == "2"


def test_what_is_forgotten_is_not_there_any_more(fork: Fork) -> None:
    remember(fork, made(KEYS[0]), made(KEYS[1]))
    remember(fork, forget=(KEYS[0],))
    assert Book(fork).all_keys() == [KEYS[1]]
    assert remember(fork, forget=(KEYS[2],)) is not None
    assert remember(fork, forget=(KEYS[1],)) is not None
    assert Book(fork).is_empty
    assert git_text(fork.directory, "rev-list", "--count", RESOLUTIONS_REF) == "3"


@pytest.mark.parametrize("content", [b"", b"{}", b"\xff\xfe", b"[" * 5000, made(KEYS[1]).to_text().encode()])
def test_what_cannot_be_read_is_not_known_and_is_named(fork: Fork, content: bytes) -> None:
    blob = git(fork.directory, "hash-object", "-w", "--stdin", stdin=content).decode().strip()
    rows = f"100644 blob {blob}\t{KEYS[0]}\n100644 blob {blob}\tREADME\n".encode()
    tree = git(fork.directory, "mktree", stdin=rows).decode().strip()
    git(fork.directory, "update-ref", RESOLUTIONS_REF, git_text(fork.directory, "commit-tree", "-m", "x", tree))
    assert Book(fork).find(KEYS[0]) is None
    assert Book(fork).all() == ([], [KEYS[0]])
    remember(fork, made(KEYS[0]))
    assert Book(fork).find(KEYS[0]) == made(KEYS[0])


def test_forks_are_asked_in_order(fork: Fork, tmp_path: Path) -> None:
    sister = ForkStore(tmp_path / "others").create(Component("plugin", "tidy-forms-acme"))
    assert Library([fork, sister]).is_empty
    remember(sister, made(KEYS[0], author="ben"), made(KEYS[1], author="ben"))
    remember(fork, made(KEYS[0]))
    library = Library([fork, sister])
    found = [library.find(key) for key in KEYS]
    assert [one and one.author for one in found] == ["ana", "ben", None]
    assert not library.is_empty


def test_a_stop_says_where_the_like_was_resolved(carrying: Fork, tmp_path: Path) -> None:
    add_files(carrying, tmp_path / "2.1.0", plugin("2.1.0", mail=mail_file(seconds=15)))
    merging = MergingFork(carrying.directory, carrying.component)
    stop = merging.find_stop(Attempt("1.0.0", "2.1.0"), keep=False)
    assert stop is not None

    def said() -> list[str]:
        return known_resolutions(stop.files, stop.outcome.verdict, Library([carrying]), "the command")

    assert said() == []
    from plugwatch.model.markers import Labels, lay_out

    key = lay_out(stop.files, stop.outcome.verdict, Labels("2.1.0", "x"), lambda _key: None)[0][0].blocks[0].key
    remember(carrying, made(key))
    assert said() == ["includes/mail.php: a resolution by ana of 2026-11-20 is remembered; 'the command' proposes it"]


def test_two_people_share_what_they_have_resolved(fork: Fork, tmp_path: Path) -> None:
    from plugwatch.workflows import sync

    other = ForkStore(tmp_path / "others").create(Component("plugin", "tidy-forms"))
    hub = tmp_path / "hub.git"
    git(tmp_path, "init", "--quiet", "--bare", str(hub))
    source = write_files(tmp_path / "1.0.0", plugin())
    for one in (fork, other):
        add_files(one, source, {})
    remember(fork, made(KEYS[0]), made(KEYS[1]))
    remember(other, made(KEYS[1], "$wait = 80;", author="ben"), made(KEYS[2], author="ben"))
    alarms = []
    for one in (fork, other, fork):
        tools = sync.Tools(lambda one=one: one.writing("fork sync"), NoLedger(), stamp())
        done = sync.sync_fork(one, Exchange(one, parse_remote(str(hub)), None), tools)
        alarms += done.alarms
    assert Book(fork).all_keys() == Book(other).all_keys() == KEYS
    authors = [[found.author for key in KEYS if (found := Book(one).find(key))] for one in (fork, other)]
    assert authors == [["ana", "ben", "ben"], ["ana", "ben", "ben"]]
    assert alarms == [f"the remembered resolution {KEYS[1]} is another one there; ours stays"]


class NoLedger:
    """Rows that nobody keeps."""

    def __init__(self) -> None:
        self.forks = self

    def reading(self) -> NoLedger:
        return self

    unit_of_work = reading

    def __enter__(self) -> NoLedger:
        return self

    def __exit__(self, *error: object) -> None:
        pass

    def knows(self, operation_id: str) -> bool:
        return True

    def apply(self, operation: Any) -> None:
        pass


def test_a_ref_that_names_nothing_readable_keeps_nobody_from_working(fork: Fork) -> None:
    blob = git(fork.directory, "hash-object", "-w", "--stdin", stdin=b"x").decode().strip()
    git(fork.directory, "update-ref", RESOLUTIONS_REF, blob)
    library = Library([fork])
    assert (library.find(KEYS[0]), library.is_empty) == (None, True)

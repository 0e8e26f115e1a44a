"""Taking words out of a fork: messages, notices, records, remembered resolutions, and all of git's old objects."""

from __future__ import annotations

import json
import re
from functools import partial
from pathlib import Path

import pytest
from workbench import (
    add_files,
    add_patch,
    fsck,
    git,
    git_text,
    mail_file,
    plugin,
    public_refs,
    snapshot,
    stamp,
    upgrade,
)

from plugwatch.errors import EXIT_PERSON
from plugwatch.forks.erasing import Erased, Erasing, MergeUnderWayError
from plugwatch.forks.fork import Fork
from plugwatch.forks.git import TreeEntry
from plugwatch.forks.resolutions import Book, write_resolutions
from plugwatch.ledger.database import Ledger
from plugwatch.model.erasure import Eraser, Scope, Traces
from plugwatch.model.fork import BUILD_REFS, STACK_REFS, Person
from plugwatch.model.operation import RefChange
from plugwatch.model.sharing import RESOLUTIONS_REF, superseded_ref
from plugwatch.model.verdicts.conflict import CONFLICT_REFS
from plugwatch.model.verdicts.resolution import Resolution

ERASER = Eraser(
    Traces(
        ("Corvid Prints",), "corvid", ("shop",), people=("Maria Marlowe",), words=("it has not sent since noon today",)
    )
)
OWN = "INC-4"


def redact(text: str, incident: str | None) -> str:
    return ERASER.redact(text, Scope.OWN if incident == OWN else Scope.OTHER)


def erase(fork: Fork) -> Erased:
    with fork.writing("client forget"):
        return Erasing(fork, redact, ERASER.redact).erase(partial(stamp().operation, fork.component, "client forget"))


def told(fork: Fork) -> list[str]:
    """The lines anywhere in a fork, in git's objects and beside them, that tell of the client."""
    content = git(fork.directory, "cat-file", "--batch-all-objects", "--batch")
    files = [path.read_bytes() for path in fork.directory.rglob("*") if path.is_file() and "objects" not in path.parts]
    lines = b"\n".join([content, *files]).decode("utf-8", "replace").split("\n")
    return [line for line in lines if any(word in line.casefold() for word in ("corvid", "marlowe", "since noon"))]


@pytest.fixture
def told_of(carrying: Fork, tmp_path: Path) -> Fork:
    """A fork with a patch that tells nothing and one above it whose every word does."""
    files = plugin("1.0.0", mail=mail_file(seconds=60), readme=b"=== Tidy ===\nOurs.\n")
    why = "Maria Marlowe called about the shop:\nit has not sent since noon today"
    add_patch(
        carrying,
        tmp_path / "more",
        files,
        "Help Corvid Prints",
        why=why,
        incident=OWN,
        source="https://x.example/corvid",
    )
    return carrying


def test_messages_lose_the_words_and_patches_keep_what_they_are(told_of: Fork) -> None:
    before = told_of.stack("1.0.0")

    done = erase(told_of)

    first, second = told_of.stack("1.0.0")
    assert first == before[0]
    assert (second.patch.id, second.tree, second.patch.date) == (
        before[1].patch.id,
        before[1].tree,
        before[1].patch.date,
    )
    assert second.commit != before[1].commit
    assert second.patch.title == "Help (erased)"
    assert second.patch.why == "(erased) called about the (erased):\n(erased)"
    assert done == Erased(patches=(second.patch.id,), changed=True)
    assert told(told_of) == []
    assert fsck(told_of.directory) == ""


def test_what_git_has_packed_goes_too(told_of: Fork) -> None:
    git(told_of.directory, "gc", "--quiet")
    git(told_of.directory, "pack-refs", "--all")

    assert erase(told_of).changed
    assert told(told_of) == []
    assert [entry.patch.title for entry in told_of.stack("1.0.0")] == ["Wait a minute", "Help (erased)"]


def test_a_second_time_changes_nothing(told_of: Fork) -> None:
    erase(told_of)
    before = snapshot(told_of.directory)

    assert erase(told_of) == Erased()
    assert snapshot(told_of.directory) == before


def test_a_fork_that_tells_nothing_stays_byte_for_byte(carrying: Fork) -> None:
    before = snapshot(carrying.directory)

    assert erase(carrying) == Erased()
    assert snapshot(carrying.directory) == before


def test_an_author_of_the_clients_own_is_nobody_afterwards(carrying: Fork) -> None:
    release = carrying.release("1.0.0")
    entries = [(e.patch, e.tree) for e in carrying.stack("1.0.0")]
    patch = entries[0][0]
    theirs = type(patch)(**{**vars(patch), "author": Person("Maria Marlowe", "maria@corvid.example")})
    eraser = Eraser(Traces(("Corvid Prints",), people=("Maria Marlowe",), mails=("maria@corvid.example",)))
    tip = carrying.write_stack(release, [(theirs, entries[0][1])])
    carrying.git.update_refs([RefChange(f"{STACK_REFS}1.0.0", carrying.stacks()["1.0.0"], tip)])

    with carrying.writing("client forget"):
        Erasing(carrying, lambda text, _incident: eraser.redact(text), eraser.redact).erase(
            partial(stamp().operation, carrying.component, "client forget")
        )

    assert carrying.stack("1.0.0")[0].patch.author == Person("(erased)", "erased@plugwatch.invalid")
    assert told(carrying) == []


def test_a_build_stands_on_the_new_stack_and_its_notices_have_the_new_title(told_of: Fork) -> None:
    tip, release = told_of.stack("1.0.0")[-1], told_of.release("1.0.0")
    notice = "| Help Corvid Prints |\n"
    files = told_of.git.tree(tip.tree)
    files["PLUGWATCH-CHANGES.md"] = TreeEntry("100644", told_of.git.write_object("blob", notice.encode()))
    commit = told_of.write_build(release, "1.0.0.0-p1", told_of.git.write_tree(files), "print")
    told_of.git.update_refs([RefChange(f"{BUILD_REFS}1.0.0.0-p1", None, commit)])

    done = erase(told_of)

    [build] = told_of.builds()
    assert (build.version, build.base_version, build.fingerprint) == ("1.0.0.0-p1", "1.0.0", "print")
    assert git_text(told_of.directory, "rev-parse", "build/1.0.0.0-p1^") == told_of.stacks()["1.0.0"]
    assert git_text(told_of.directory, "show", "build/1.0.0.0-p1:PLUGWATCH-CHANGES.md") == "| Help (erased) |"
    assert done.builds == ("1.0.0.0-p1",)
    assert told(told_of) == []


def test_what_only_the_past_holds_goes_too(told_of: Fork, tmp_path: Path) -> None:
    add_files(told_of, tmp_path / "2.0.0", plugin("2.0.0", mail=mail_file(subject="'Hello'")))
    upgrade(told_of, "2.0.0")
    tip, below = told_of.stacks()["2.0.0"], told_of.stack("2.0.0")[0].commit
    old = told_of.stacks()["1.0.0"]
    refs = [RefChange(f"{STACK_REFS}2.0.0", tip, below), RefChange(f"{STACK_REFS}1.0.0", old, None)]
    with told_of.writing("patch drop"):
        told_of.commit(stamp().operation(told_of.component, "patch drop", refs, {}))
    told_of.git.update_refs([RefChange(superseded_ref("2.0.0", tip), None, tip)])

    done = erase(told_of)

    assert (done.patches, done.changed) == ((), True)
    assert told_of.stacks() == {"2.0.0": below}
    assert told(told_of) == []
    assert fsck(told_of.directory) == ""


def test_a_record_that_alone_tells_is_written_anew(carrying: Fork, tmp_path: Path) -> None:
    add_files(carrying, tmp_path / "corvid", plugin("2.0.0"))
    before = public_refs(carrying.directory)

    assert erase(carrying) == Erased(changed=True)
    assert public_refs(carrying.directory) == before
    [(_number, kept)] = carrying.history()
    assert kept.command == "client forget"
    assert [row["source"] for row in kept.rows["releases"]] == ["1.0.0", "(erased)"]
    assert told(carrying) == []


def test_a_remembered_resolution_that_tells_is_forgotten_with_its_history(carrying: Fork) -> None:
    keys = ["11" * 32, "22" * 32]
    facts = {"author": "ana", "at": "2026-11-20T10:00:00+01:00", "component": "plugin/tidy-forms", "path": "a.php"}
    facts |= {"patch": "pw-aaaaaaaaaa", "source": "1.0.0", "target": "2.1.0"}
    lines = ("$wait = 75;", "$to = 'Corvid Prints';")
    for key, line in zip(keys, lines, strict=True):
        below = carrying.refs().get(RESOLUTIONS_REF)
        above = write_resolutions(carrying, [Resolution(key, (line.encode(),), **facts)])
        carrying.git.update_refs([RefChange(RESOLUTIONS_REF, below, above)])

    done = erase(carrying)

    assert done.left == (f"the resolution {keys[1][:12]} is no longer remembered",)
    assert Book(carrying).all_keys() == keys[:1]
    assert git_text(carrying.directory, "rev-list", "--count", RESOLUTIONS_REF) == "1"
    assert told(carrying) == []


def test_a_merge_that_is_under_way_must_be_ended_first(told_of: Fork) -> None:
    blob = told_of.git.write_object("blob", json.dumps({"title": "Help Corvid Prints"}).encode())
    tree = told_of.git.write_tree({"state.json": TreeEntry("100644", blob)})
    commit = git_text(told_of.directory, "commit-tree", tree, "-m", "Merge")
    told_of.git.update_refs([RefChange(f"{CONFLICT_REFS}2.0.0", None, commit)])
    before = told_of.refs()

    with pytest.raises(MergeUnderWayError, match=r"a merge of plugin/tidy-forms to 2\.0\.0 is under way") as refused:
        erase(told_of)

    assert refused.value.exit_code == EXIT_PERSON
    assert told_of.refs() == before


def test_a_name_in_the_code_of_a_patch_is_left_to_a_person(carrying: Fork, tmp_path: Path) -> None:
    files = plugin("1.0.0", mail=mail_file(seconds=60), readme=b"=== Tidy ===\nMade for Corvid Prints.\n")
    patch = add_patch(carrying, tmp_path / "more", files, "Say more")

    done = erase(carrying)

    assert done == Erased(left=(f"{patch.id} on 1.0.0 writes it into readme.txt; make the patch anew",))


def test_a_name_that_the_vendor_had_there_before_is_no_patchs(fork: Fork, tmp_path: Path) -> None:
    add_files(fork, tmp_path / "1.0.0", plugin("1.0.0", readme=b"Thanks to Corvid Prints\n"))
    add_patch(fork, tmp_path / "more", plugin("1.0.0", readme=b"Thanks to Corvid Prints\nOurs.\n"), "Ours")

    assert erase(fork) == Erased()


def test_whoever_has_the_old_commits_is_named(told_of: Fork) -> None:
    git(told_of.directory, "config", "remote.origin.url", "https://git.example/tidy.git")

    assert erase(told_of).pushed == ("https://git.example/tidy.git",)


def test_a_persons_own_refs_are_left_to_that_person(told_of: Fork) -> None:
    fork, tip = told_of.directory, told_of.stack("1.0.0")[-1].commit
    git(fork, "branch", "mine", tip)
    git(fork, "branch", "other", "upstream/1.0.0")
    person = ("-c", "user.name=x", "-c", "user.email=x@x.example")
    git(fork, *person, "tag", "-a", "-m", "for Corvid Prints", "told", "upstream/1.0.0")
    git(fork, *person, "notes", "add", "-m", "Maria Marlowe agrees", "upstream/1.0.0")

    left = erase(told_of).left

    assert [sentence.split(" ")[0] for sentence in left] == ["refs/heads/mine", "refs/notes/commits", "refs/tags/told"]
    for sentence in left:
        for command in re.findall(r"'git -C \S+ ([^']+)'", sentence):
            git(fork, *command.split())
    assert told(told_of) == []
    assert fsck(fork) == ""


def test_what_a_persons_git_has_noted_holds_no_old_commit(told_of: Fork) -> None:
    fork, tip = told_of.directory, told_of.stack("1.0.0")[-1].commit
    git(fork, "-c", "core.logAllRefUpdates=always", "update-ref", "-m", "Corvid", "refs/heads/mine", tip)
    git(fork, "update-ref", "-d", "refs/heads/mine")
    git(fork, "-c", "core.logAllRefUpdates=always", "update-ref", "-m", "Corvid", "refs/heads/more", tip)
    git(fork, "-c", "core.logAllRefUpdates=always", "update-ref", "refs/heads/more", "upstream/1.0.0")
    git(fork, "repack", "-a", "-d", "-q")
    for pack in (fork / "objects" / "pack").glob("*.pack"):
        pack.with_suffix(".keep").touch()
    (fork / "FETCH_HEAD").write_text(f"{tip} branch 'corvid'\n")

    assert erase(told_of).left == ()
    assert told(told_of) == []
    assert not (fork / "logs").exists()
    assert not (fork / "FETCH_HEAD").exists()


def test_objects_that_a_kill_has_left_without_a_name_go_too(told_of: Fork) -> None:
    tip = told_of.stack("1.0.0")[-1]
    release = told_of.release("1.0.0")
    clean = [(e.patch, e.tree) for e in told_of.stack("1.0.0")[:1]]
    erase(told_of)
    told_of.write_stack(release, [*clean, (tip.patch, tip.tree)])
    assert told(told_of) != []

    assert erase(told_of) == Erased()
    assert told(told_of) == []


def test_a_fork_goes_on_afterwards_and_what_comes_next_can_be_undone(told_of: Fork, tmp_path: Path) -> None:
    erase(told_of)
    before = public_refs(told_of.directory)
    add_files(told_of, tmp_path / "2.0.0", plugin("2.0.0", mail=mail_file(subject="'Hello'")))

    assert upgrade(told_of, "2.0.0").branch == "carried/2.0.0"
    assert [patch.title for patch in (e.patch for e in told_of.stack("2.0.0"))] == ["Wait a minute", "Help (erased)"]
    assert public_refs(told_of.directory).items() > {n: o for n, o in before.items() if "upstream" not in n}.items()
    assert [operation.command for _number, operation in told_of.history()] == [
        "client forget",
        "fork import",
        "fork upgrade",
    ]


def test_the_index_can_be_written_from_the_one_record_that_is_left(
    told_of: Fork, tmp_path: Path, ledger: Ledger
) -> None:
    add_files(told_of, tmp_path / "3.0.0", plugin("3.0.0", mail=mail_file(seconds=60)))
    upgrade(told_of, "3.0.0")
    with ledger.unit_of_work() as work:
        for _number, operation in told_of.history():
            work.forks.apply(operation)
        before = index(work)
    erase(told_of)
    with ledger.unit_of_work() as work:
        for table in ("stack_entry", "patch_drop", "patch", "build", "fork_release", "fork_operation"):
            work._connection.run(f"delete from {table}", {})
        for _number, operation in told_of.history():
            work.forks.apply(operation)
        after = index(work)

    assert [(table, [redact(str(row), OWN) for row in rows]) for table, rows in before.items()] == [
        (table, [str(row) for row in rows]) for table, rows in after.items()
    ]
    assert len(before["patch"]) == 2
    assert len(before["patch_drop"]) == 1


def index(work) -> dict[str, list[tuple[object, ...]]]:
    """The rows of the index of forks, without the operations that wrote them."""
    columns = {
        "fork_release": "version, commit_id, tree_id, files, source, sha256",
        "patch": "id, title, origin",
        "stack_entry": "version, position, patch_id",
        "patch_drop": "patch_id, version, verdict, evidence",
        "build": "version, base_version, fingerprint, tree_id",
    }
    return {
        table: work._connection.rows(f"select {names} from {table} order by {names}", {})
        for table, names in columns.items()
    }

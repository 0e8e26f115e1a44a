from __future__ import annotations

import os
import resource
import signal
from pathlib import Path

import pytest

from plugwatch.errors import PlugwatchError
from plugwatch.render.reports.folder import MARKER, check_folder, write_report

OLD = (("index.html", b"old"), ("incidents/INC-1.html", b"one"), ("assets/report.css", b"p{}"))
NEW = (("index.html", b"new"), ("incidents/INC-2.html", b"two"))


def files_in(folder: Path) -> dict[str, bytes]:
    """Everything in a folder but the marker."""
    found = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    return {name: path.read_bytes() for name, path in found.items() if name != MARKER}


def beside(out: Path) -> list[str]:
    """What there is beside the report."""
    return sorted(path.name for path in out.parent.iterdir() if path != out)


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """A place for a report."""
    return tmp_path / "reports" / "board"


def test_a_new_folder_is_made_with_those_above_it(out):
    assert write_report(out, OLD) == 3
    assert files_in(out) == dict(OLD)
    assert beside(out) == []


def test_an_empty_folder_is_taken(out):
    out.mkdir(parents=True)
    write_report(out, OLD)
    assert files_in(out) == dict(OLD)


def test_pages_that_are_no_more_vanish(out):
    write_report(out, OLD)
    write_report(out, NEW)
    assert files_in(out) == dict(NEW)
    assert beside(out) == []


def test_each_file_is_counted_as_it_is_written(out):
    seen = []
    write_report(out, OLD, lambda: seen.append(1))
    assert len(seen) == 3


def test_a_folder_of_somebody_else_is_not_touched(out):
    out.mkdir(parents=True)
    (out / "thesis.txt").write_text("years of work")
    with pytest.raises(PlugwatchError, match="is not empty and holds no report; name a folder that is new, or empty"):
        write_report(out, OLD)
    assert files_in(out) == {"thesis.txt": b"years of work"}


def test_what_somebody_has_put_into_the_report_is_not_lost(out):
    write_report(out, OLD)
    (out / "notes.txt").write_text("mine")
    with pytest.raises(PlugwatchError, match=r"holds 'notes.txt', which is not of the report and would be lost"):
        write_report(out, NEW)
    assert files_in(out) == {**dict(OLD), "notes.txt": b"mine"}


def test_a_marker_that_says_nothing_protects_all_that_is_there(out):
    write_report(out, OLD)
    (out / MARKER).write_text("[1]")
    with pytest.raises(PlugwatchError, match="would be lost"):
        check_folder(out)


def test_the_password_of_the_folder_and_its_rights_stay(out):
    write_report(out, OLD)
    (out / ".htaccess").write_text("Require valid-user")
    out.chmod(0o750)
    write_report(out, NEW)
    assert files_in(out) == {**dict(NEW), ".htaccess": b"Require valid-user"}
    assert out.stat().st_mode & 0o777 == 0o750


def test_a_file_in_its_place_is_said_to_be_one(out):
    out.parent.mkdir()
    out.write_text("a file")
    with pytest.raises(PlugwatchError, match="is no folder; name a folder that is new, or empty, for the report"):
        write_report(out, OLD)
    assert out.read_text() == "a file"


def test_a_link_to_a_folder_stays_a_link(out, tmp_path):
    real = tmp_path / "real"
    write_report(real, OLD)
    out.parent.mkdir()
    out.symlink_to(real)
    write_report(out, NEW)
    assert out.is_symlink()
    assert files_in(real) == dict(NEW)


def test_a_name_with_signs_of_patterns_is_a_name(tmp_path):
    out = tmp_path / "board [*?] 2026"
    write_report(out, OLD)
    write_report(out, NEW)
    assert files_in(out) == dict(NEW)
    assert beside(out) == []


@pytest.mark.parametrize("earlier", [(), OLD])
def test_what_fails_on_the_way_leaves_the_report_as_it_was(out, earlier):
    if earlier:
        write_report(out, earlier)

    def broken():
        yield NEW[0]
        raise PlugwatchError("no more")

    with pytest.raises(PlugwatchError, match="no more"):
        write_report(out, broken())
    assert files_in(out) == dict(earlier)
    assert beside(out) == []


def test_a_full_disk_is_one_sentence_and_nothing_is_half_written(out):
    write_report(out, OLD)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, hard))
    try:
        with pytest.raises(PlugwatchError, match=r"the report cannot be written: .*; what was there is as it was"):
            write_report(out, [*NEW, ("report.json", b"x" * (2 << 20))])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)
    assert files_in(out) == dict(OLD)
    assert beside(out) == []


def killed_while_writing(out: Path, after: int) -> None:
    """Another process writes the new report, and dies when it has written so many of its files."""
    child = os.fork()
    if child == 0:
        left = [after]

        def done() -> None:
            left[0] -= 1
            if left[0] == 0:
                os.kill(os.getpid(), signal.SIGKILL)

        write_report(out, NEW, done)
        os._exit(0)
    assert os.WIFSIGNALED(os.waitpid(child, 0)[1])


@pytest.mark.parametrize("after", [1, 2])
def test_a_kill_leaves_the_old_report_and_the_next_run_clears_up(out, after):
    write_report(out, OLD)
    killed_while_writing(out, after)
    assert files_in(out) == dict(OLD)
    assert len(beside(out)) == 1

    write_report(out, NEW)
    assert files_in(out) == dict(NEW)
    assert beside(out) == []


def test_what_another_run_is_writing_is_not_cleared(out):
    def files():
        yield OLD[0]
        [part] = [path for path in out.parent.iterdir() if path != out]
        child = os.fork()
        if child == 0:
            write_report(out, NEW)
            os._exit(0)
        assert os.waitpid(child, 0)[1] == 0
        assert (part / "index.html").read_bytes() == b"old"
        assert files_in(out) == dict(NEW)
        yield from OLD[1:]

    write_report(out, files())
    assert files_in(out) == dict(OLD)
    assert beside(out) == []


def test_a_report_that_a_killed_run_had_put_aside_comes_back(out):
    write_report(out, OLD)
    out.rename(out.with_name(".board.plugwatch-part-1-old"))

    def broken():
        assert files_in(out) == dict(OLD)
        raise PlugwatchError("no more")
        yield

    with pytest.raises(PlugwatchError, match="no more"):
        write_report(out, broken())
    assert files_in(out) == dict(OLD)
    assert beside(out) == []


def test_a_run_that_was_killed_while_it_cleared_up_leaves_nothing_that_stays(out):
    write_report(out, OLD)
    part = out.with_name(".board.plugwatch-part-1")
    part.mkdir()
    (part / "index.html").write_bytes(b"half removed")
    write_report(out, NEW)
    assert files_in(out) == dict(NEW)
    assert beside(out) == []


@pytest.mark.parametrize("name", ["incidents/notes.txt", "assets/deep/er/thesis.txt"])
def test_what_somebody_has_put_deep_into_the_report_is_not_lost(out, name):
    write_report(out, OLD)
    (out / name).parent.mkdir(parents=True, exist_ok=True)
    (out / name).write_text("mine")
    with pytest.raises(PlugwatchError, match=f"holds '{name}', which is not of the report and would be lost"):
        write_report(out, NEW)
    assert (out / name).read_text() == "mine"


def test_a_link_that_somebody_has_put_into_the_report_is_not_lost(out, tmp_path):
    write_report(out, OLD)
    (out / "incidents" / "screenshots").symlink_to(tmp_path)
    with pytest.raises(PlugwatchError, match="holds 'incidents/screenshots'"):
        write_report(out, NEW)


def test_what_a_file_manager_leaves_behind_is_in_nobodys_way(out):
    write_report(out, OLD)
    (out / "incidents" / ".DS_Store").write_bytes(b"x")
    write_report(out, NEW)
    assert files_in(out) == dict(NEW)


def test_a_link_that_leads_to_itself_is_said_to(out):
    out.parent.mkdir()
    out.symlink_to(out)
    with pytest.raises(PlugwatchError, match="is a link that leads nowhere"):
        write_report(out, OLD)


@pytest.mark.parametrize("below", [".", "incidents"])
def test_the_folder_that_somebody_is_in_does_not_vanish_below_them(out, below, monkeypatch):
    write_report(out, OLD)
    monkeypatch.chdir(out / below)
    with pytest.raises(PlugwatchError, match=r"you are in .* or below it, .*; cd elsewhere first"):
        write_report(out, NEW)
    assert files_in(out) == dict(OLD)

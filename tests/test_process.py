from __future__ import annotations

import sys
import time

import pytest

from plugwatch.process import ProgramError, clean_environment, find, pipe, run


def test_what_a_program_leaves_behind():
    script = "import sys; sys.stdout.write(sys.stdin.read().upper()); sys.stderr.write('careful')"

    done = run([sys.executable, "-c", script], stdin=b"abc")

    assert (done.returncode, done.stdout, done.stderr, done.complaint) == (0, b"ABC", b"careful", "careful")


def test_a_program_that_fails_is_quoted_by_its_first_line():
    script = "import sys; sys.exit('fatal: no such thing\\nhint: look elsewhere')"

    with pytest.raises(ProgramError, match=r"failed: fatal: no such thing$"):
        run([sys.executable, "-c", script])
    assert run([sys.executable, "-c", script], check=False).returncode == 1


def test_a_failure_without_a_word_tells_its_status():
    assert run([sys.executable, "-c", "raise SystemExit(7)"], check=False).complaint == "exit status 7"


def test_output_that_is_no_text_can_be_quoted():
    done = run([sys.executable, "-c", "import sys; sys.stderr.buffer.write(b'\\xff oops'); sys.exit(1)"], check=False)

    assert done.complaint == "\ufffd oops"


def test_a_program_that_is_not_there():
    with pytest.raises(ProgramError, match="'plugwatch-no-such-program' is not installed or not on PATH"):
        run(["plugwatch-no-such-program"])
    with (
        pytest.raises(ProgramError, match="is not installed or not on PATH"),
        pipe(["plugwatch-no-such-program"], env={}),
    ):
        pass
    assert find("plugwatch-no-such-program") is None


def test_a_folder_that_is_not_there(tmp_path):
    with pytest.raises(ProgramError, match="gone: there is no such folder to run"):
        run([sys.executable, "-c", ""], cwd=tmp_path / "gone")


def test_a_program_that_runs_too_long_is_ended():
    start = time.monotonic()

    with pytest.raises(ProgramError, match="did not end within"):
        run([sys.executable, "-c", "import time; time.sleep(30)"], timeout=0.2)

    assert time.monotonic() - start < 10


def test_arguments_are_never_read_by_a_shell():
    text = "a b; echo $HOME `id` * ' \""

    assert run([sys.executable, "-c", "import sys; print(sys.argv[1], end='')", text]).stdout.decode() == text


def test_the_environment_is_clean(monkeypatch):
    for name in ("GIT_DIR", "GIT_CONFIG_COUNT", "PLUGWATCH_SMTP_PASSWORD", "GITHUB_TOKEN"):
        monkeypatch.setenv(name, "x")
    monkeypatch.setenv("LANG", "de_DE.UTF-8")
    monkeypatch.setenv("LC_ALL", "de_DE.UTF-8")

    environment = clean_environment({"EXTRA": "1"})

    assert not {name for name in environment if name.startswith(("GIT_", "PLUGWATCH_", "GITHUB_"))}
    assert (environment["LC_ALL"], environment["EXTRA"]) == ("C", "1")
    shown = run([sys.executable, "-c", "import os; print(sorted(os.environ))"]).stdout.decode()
    assert "GIT_DIR" not in shown
    assert "PASSWORD" not in shown


def test_an_environment_of_ones_own_is_the_whole_one():
    shown = run([sys.executable, "-c", "import os; print(os.environ.get('HOME'))"], env={}).stdout

    assert shown.strip() == b"None"


def test_a_program_without_input_reads_nothing():
    assert run([sys.executable, "-c", "import sys; print(repr(sys.stdin.read()))"]).stdout.strip() == b"''"


ECHO = "import sys\nfor line in sys.stdin:\n    print(line.strip().upper(), flush=True)"


def test_a_pipe_is_fed_and_read_by_turns():
    with pipe([sys.executable, "-c", ECHO], env={}) as running:
        for word in (b"one", b"two"):
            running.stdin.write(word + b"\n")
            running.stdin.flush()
            assert running.stdout.readline().strip() == word.upper()


def _feed(script: str, content: bytes) -> None:
    with pipe([sys.executable, "-c", script], env={}) as running:
        running.stdin.write(content)
        running.stdin.flush()
        running.stdout.read()


def test_a_pipe_whose_program_fails():
    script = "import sys; sys.stdin.readline(); sys.exit('fatal: bad object')"

    with pytest.raises(ProgramError, match="failed: fatal: bad object"):
        _feed(script, b"x\n")


def test_a_pipe_whose_program_died_before_it_was_fed():
    with pytest.raises(ProgramError, match="failed: fatal: early"):
        _feed("import sys; sys.exit('fatal: early')", b"x" * 1_000_000)


def test_a_pipe_that_is_left_early_ends_its_program():
    def leave() -> None:
        with pipe([sys.executable, "-c", "import time; time.sleep(60)"], env={}):
            raise ZeroDivisionError

    start = time.monotonic()
    with pytest.raises(ZeroDivisionError):
        leave()

    assert time.monotonic() - start < 10

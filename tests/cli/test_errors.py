"""Every way to end: one sentence on stderr and the exit code of the contract."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest

from plugwatch.cli.errors import handle
from plugwatch.errors import AmbiguousError, InputError, PlugwatchError, UnknownError


def _raises(error: BaseException):
    def action(_args: list[str]) -> int:
        raise error

    return action


@pytest.mark.parametrize(
    ("error", "code", "sentence"),
    [
        (PlugwatchError("no such thing"), 1, "plugwatch: no such thing"),
        (InputError("it is empty", source="list.csv", line=4), 1, "plugwatch: list.csv, line 4: it is empty"),
        (UnknownError("the server is silent"), 4, "plugwatch: the server is silent"),
        (AmbiguousError("sites", "a", ["ab", "ac"]), 1, "plugwatch: 'a' fits 2 sites: ab, ac; write more of the name"),
        (click.UsageError("what is that"), 2, "Error: what is that"),
        (click.ClickException("no"), 1, "plugwatch: no"),
        (click.exceptions.Exit(3), 3, None),
        (click.Abort(), 130, "plugwatch: interrupted; nothing more was done"),
        (KeyboardInterrupt(), 130, "plugwatch: interrupted; nothing more was done"),
        (PermissionError(13, "Permission denied", "x.db"), 1, "plugwatch: x.db: Permission denied"),
        (OSError(28, "No space left on device"), 1, "plugwatch: reading or writing failed: No space left on device"),
    ],
)
def test_an_error_is_one_sentence_and_a_code(error, code, sentence, capsys):
    assert handle(_raises(error), []) == code

    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == (f"{sentence}\n" if sentence else "")


def test_an_ambiguous_name_lists_no_more_than_eight(capsys):
    handle(_raises(AmbiguousError("sites", "s", [f"s{n}" for n in range(20)])), [])

    assert (
        capsys.readouterr().err
        == "plugwatch: 's' fits 20 sites: s0, s1, s2, s3, s4, s5, s6, s7, …; write more of the name\n"
    )


def test_no_error_moves_the_cursor_or_takes_a_second_line(capsys):
    handle(_raises(PlugwatchError("evil\x1b[31m\nname\u202e")), [])

    assert capsys.readouterr().err == "plugwatch: evil\\x1b[31m name\\u202e\n"


def test_no_usage_error_moves_the_cursor(capsys):
    handle(_raises(click.UsageError("'\x1b[31m\x07' is none")), [])

    assert capsys.readouterr().err == "Error: '\\x07' is none\n"


def test_a_long_error_keeps_what_to_do(capsys):
    handle(_raises(PlugwatchError(f"no site '{'x' * 10_000}'; see 'plugwatch site list'")), [])

    sentence = capsys.readouterr().err
    assert len(sentence) < 1100
    assert sentence.endswith("see 'plugwatch site list'\n")


def test_the_result_of_an_action_is_the_exit_code():
    assert handle(lambda _args: 3, []) == 3


def test_a_bug_of_ours_leaves_a_report_without_the_clients_words(capsys, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    code = handle(_raises(ZeroDivisionError("oops")), ["incident", "open", "acme", "my password is hunter2!", "--new"])

    said = capsys.readouterr().err
    assert code == 70
    assert "bug in plugwatch" in said
    assert "Traceback" not in said
    report = Path(re.search(r"is in (\S+)$", said.strip())[1]).read_text(encoding="utf-8")
    assert "ZeroDivisionError: oops" in report
    assert "hunter2" not in report.split("Traceback")[0]
    assert "--new" in report

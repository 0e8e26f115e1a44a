"""Whatever somebody types or pastes: a sentence or a result, never a traceback, never a raw control character."""

from __future__ import annotations

import json

import pytest

HOSTILE = {
    "escape sequence": "\x1b[31mred\x1b]0;owned\x07\x1b[0m",
    "right to left": "\u202egnp.exe\u202c",
    "line breaks": "one\ntwo\r\nthree\u2028four",
    "markup": "[bold red]x[/] <script>alert(1)</script> {{ 7*7 }} {% x %} %s %(a)s {0} `id` $(id)",
    "sql": "'; drop table site; -- \" ` \\",
    "emoji": "👩‍👩‍👧 🏊🏽",
    "options": "--help",
    "path": "../../etc/passwd",
    "long": "x" * 10_000,
    "lone half": "\udcff\ud800",
    "blank": " ",
    "wildcards": "%_!*?",
    "nul of html": "&#0;",
}
COMMANDS = {
    "client add": ("client", "add", "--", "{}"),
    "client name": ("client", "add", "new", "--name={}"),
    "client contact": ("client", "add", "new", "--contact={}"),
    "site add": ("site", "add", "--client", "acme", "--", "{}"),
    "site client": ("site", "add", "new", "--client={}"),
    "site url": ("site", "add", "new", "--client", "acme", "--url={}"),
    "site source": ("site", "add", "new", "--client", "acme", "--source={}"),
    "site show": ("site", "show", "--", "{}"),
    "site import": ("site", "import", "--", "acme", "{}"),
    "inventory read": ("inventory", "read", "--as={}", "--", "{}"),
    "component where": ("component", "where", "--version={}", "--", "{}"),
    "component named": ("component", "where", "--", "{}"),
    "words": ("incident", "open", "--", "acme", "plugin/tidy-forms", "{}"),
    "site called": ("incident", "open", "--", "{}", "it broke"),
    "component called": ("incident", "open", "--", "acme", "{}", "it broke"),
    "call": ("incident", "open", "--caller={}", "--title={}", "--ticket={}", "--at={}", "--", "acme", "it broke"),
    "title": ("incident", "open", "--new", "--title={}", "--", "acme", "it broke"),
    "set": ("incident", "set", "1", "--steps={}", "--expected={}", "--actual={}", "--assign={}"),
    "set title": ("incident", "set", "1", "--title={}"),
    "set range": ("incident", "set", "1", "--affected={}"),
    "set trigger": ("incident", "set", "1", "--trigger=core:{}"),
    "note": ("incident", "note", "--", "1", "{}"),
    "show": ("incident", "show", "--", "{}"),
    "submission show": ("submission", "show", "--", "{}"),
    "submission draft": ("submission", "draft", "--via", "forum", "--why={}", "--", "1"),
    "workspace": ("--workspace={}", "site", "list"),
    "no command": ("{}",),
}


def _is_raw(text: str) -> bool:
    return any(not c.isprintable() and c not in "\n\t\u200c\u200d" for c in text)


@pytest.mark.parametrize("name", HOSTILE)
def test_no_text_breaks_a_command(workspace, plugwatch, capsys, name):
    from plugwatch.cli.main import run

    text = HOSTILE[name]
    plugwatch("site", "add", "acme", "--client", "acme")
    plugwatch("incident", "open", "acme", "plugin/tidy-forms", "it broke")
    for what, command in COMMANDS.items():
        args = [word.replace("{}", text) for word in command]
        if command == ("{}",) and text == "--help":
            continue

        code = run(args)

        captured = capsys.readouterr()
        assert code in (0, 1, 2, 3), f"{what}: {code} {captured.err[:300]}"
        assert not _is_raw(captured.err), f"{what}: {captured.err[:300]!r}"
        if "draft" not in what:
            assert not _is_raw(captured.out), f"{what}: {captured.out[:300]!r}"
        if code in (1, 2):
            assert captured.out == "", what
            assert len(captured.err) < 12_000, what
        if code == 1:
            assert captured.err.count("\n") == 1, f"{what}: {captured.err[:300]}"
    _everything_can_still_be_read(plugwatch)


def _everything_can_still_be_read(plugwatch) -> None:
    """Tables hold nothing raw, documents are JSON, and what is listed can be shown."""
    for noun in ("client", "site", "component", "incident", "submission"):
        table = plugwatch(noun, "list", *(("--all",) if noun == "incident" else ()))
        assert not _is_raw(table.out), noun
        json.loads(plugwatch(noun, "list", "--json").out)
    for row in plugwatch("incident", "list", "--all", "--json").json:
        assert not _is_raw(plugwatch("incident", "show", row["incident"]).out)
        assert plugwatch("incident", "show", row["incident"], "--json").json["title"] == row["title"]
    for row in plugwatch("client", "list", "--json").json:
        assert plugwatch("client", "show", row["client"], "--json").json["name"] == row["name"]
    for row in plugwatch("site", "list", "--json").json:
        assert plugwatch("site", "show", row["site"], "--json").json["site"] == row["site"]


def test_words_are_kept_to_the_letter(plugwatch, workspace):
    words = "“Das Formular”\n\tgeht nicht 👩‍👩‍👧 <b>[x]</b> {{ y }} \u202e"
    plugwatch("site", "add", "acme", "--client", "acme")
    plugwatch("incident", "open", "acme", words)

    [call] = plugwatch("incident", "show", "1", "--json").json["calls"]
    assert call["words"] == words

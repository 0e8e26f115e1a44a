from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
import tomli

from plugwatch.config import load_settings


def test_init_makes_settings_ledger_and_folders(plugwatch, tmp_path):
    made = plugwatch(
        "init", "agency", "--agency", 'Bäder "Süd" \\ 🏊', "--email", "dev@agency.example", "--url", "agency.example"
    )

    folder = tmp_path / "agency"
    assert f"workspace ready in {folder}" in made.out
    assert "cd agency" in made.err
    assert {path.name for path in folder.iterdir()} >= {"plugwatch.toml", "plugwatch.db", "forks", "templates"}
    agency = load_settings(folder).agency
    assert agency.name == 'Bäder "Süd" \\ 🏊'
    assert agency.url == "https://agency.example"
    assert agency.signature == 'The Bäder "Süd" \\ 🏊 team'


def test_init_in_the_folder_where_one_stands(plugwatch, tmp_path):
    assert "cd " not in plugwatch("init").err
    assert (tmp_path / "plugwatch.toml").is_file()


def test_init_takes_the_folder_that_workspace_names(plugwatch, tmp_path):
    plugwatch("--workspace", tmp_path / "w", "init")

    assert (tmp_path / "w" / "plugwatch.toml").is_file()


def test_init_refuses_a_workspace_and_leaves_it_as_it_is(plugwatch, workspace):
    plugwatch("site", "add", "shop", "--client", "acme")

    refused = plugwatch("init", workspace, "--agency", "Other", code=1)

    assert refused.err == (
        f"plugwatch: {workspace} is a workspace already; its settings are in {workspace / 'plugwatch.toml'}\n"
    )
    assert "Fernhill" in (workspace / "plugwatch.toml").read_text(encoding="utf-8")
    assert [row["site"] for row in plugwatch("site", "list", "--json").json] == ["shop"]


def test_init_gives_a_workspace_without_a_ledger_an_empty_one(plugwatch, workspace):
    settings = (workspace / "plugwatch.toml").read_bytes()
    for file in workspace.glob("plugwatch.db*"):
        file.unlink()
    assert "'plugwatch init' makes" in plugwatch("site", "list", code=1).err

    assert "was a workspace without a ledger" in plugwatch("init").out

    assert plugwatch("site", "list", "--json").json == []
    assert (workspace / "plugwatch.toml").read_bytes() == settings


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (["--timezone", "Mars/Phobos"], "'Mars/Phobos' is not a time zone"),
        (["--timezone", ""], "'' is not a time zone"),
        (["--email", "dev"], "'dev' is not an e-mail address"),
        (["--url", "ftp://x"], "'ftp://x' is not the address of a site"),
        (["--agency", "two\nlines"], "holds a line break"),
        (["--database", "mysql://x"], "begins with 'mysql'"),
        (["--database", "sqlite:////nowhere/at/all.db"], "cannot be opened"),
        (["--database", "postgresql://u:hunter2@h/x"], "a password does not belong into plugwatch.toml"),
    ],
)
def test_init_that_fails_leaves_nothing_behind(plugwatch, tmp_path, options, why):
    refused = plugwatch("init", "a/b", *options, code=1)

    assert why in refused.err
    assert refused.err.count("\n") == 1
    assert "hunter2" not in refused.err
    assert list(tmp_path.iterdir()) == []


def test_init_keeps_what_was_in_the_folder(plugwatch, tmp_path):
    (tmp_path / "w" / "forks").mkdir(parents=True)
    (tmp_path / "w" / "notes.txt").write_text("mine", encoding="utf-8")

    plugwatch("init", "w", "--database", "mysql://x", code=1)
    assert {path.name for path in (tmp_path / "w").iterdir()} == {"forks", "notes.txt"}

    plugwatch("init", "w")
    assert (tmp_path / "w" / "notes.txt").read_text(encoding="utf-8") == "mine"


def test_a_file_where_the_folder_should_be(plugwatch, tmp_path):
    (tmp_path / "w").write_text("", encoding="utf-8")

    assert "is a file" in plugwatch("init", "w", code=2).err
    assert "w: File exists" in plugwatch("init", "w/below", code=1).err


def test_the_workspace_is_found_upwards_by_option_and_by_environment(plugwatch, workspace, tmp_path, monkeypatch):
    plugwatch("site", "add", "shop", "--client", "acme")
    deep = workspace / "a" / "b"
    deep.mkdir(parents=True)
    monkeypatch.chdir(deep)
    assert [row["site"] for row in plugwatch("site", "list", "--json").json] == ["shop"]

    monkeypatch.chdir(tmp_path)
    for args in (
        ("--workspace", "agency", "site", "list", "--json"),
        ("site", "--workspace", "agency", "list", "--json"),
        ("site", "list", "--workspace", "agency", "--json"),
    ):
        assert [row["site"] for row in plugwatch(*args).json] == ["shop"]

    monkeypatch.setenv("PLUGWATCH_WORKSPACE", str(workspace))
    assert [row["site"] for row in plugwatch("site", "list", "--json").json] == ["shop"]


def test_the_option_goes_before_the_environment_and_both_before_the_folder(plugwatch, workspace, tmp_path, monkeypatch):
    plugwatch("init", tmp_path / "other")
    plugwatch("site", "add", "elsewhere", "--client", "x", "--workspace", tmp_path / "other")
    monkeypatch.setenv("PLUGWATCH_WORKSPACE", str(tmp_path / "other"))

    assert [row["site"] for row in plugwatch("site", "list", "--json").json] == ["elsewhere"]
    assert plugwatch("site", "list", "--json", "--workspace", workspace).json == []


@pytest.mark.parametrize("how", ["option", "environment"])
def test_a_named_workspace_that_is_none(plugwatch, workspace, monkeypatch, how):
    monkeypatch.setenv("PLUGWATCH_WORKSPACE", "/nowhere" if how == "environment" else "")
    args = ("--workspace", "/nowhere") if how == "option" else ()

    refused = plugwatch(*args, "site", "list", "--json", code=1)

    assert refused.out == ""
    assert refused.err == (
        "plugwatch: /nowhere is no workspace (no plugwatch.toml in it); make one with 'plugwatch init /nowhere'\n"
    )


def test_no_workspace_at_all(plugwatch):
    refused = plugwatch("incident", "open", "acme", "tidy", "it broke", code=1)

    assert "no plugwatch.toml here or in any folder above" in refused.err
    assert "'plugwatch init'" in refused.err


def test_a_folder_that_is_gone(workspace, tmp_path, program):
    gone = tmp_path / "gone"
    gone.mkdir()

    done = program("site", "list", cwd=gone, preexec_fn=gone.rmdir)

    assert done.returncode == 1
    assert b"the current folder is gone" in done.stderr


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[agency\n", "Expected ']'"),
        ('[agency]\nnam = "x"\n', "unknown key 'agency.nam'; the nearest one is 'agency.name'"),
        ("[agency]\nname = 3\n", "'agency.name' must be text in quotes"),
        ('[agency]\ntimezone = "Mars"\n', "'agency.timezone': 'Mars' is not a time zone"),
    ],
)
def test_broken_settings_name_the_file_and_change_nothing(plugwatch, workspace, text, why):
    before = (workspace / "plugwatch.db").read_bytes()
    (workspace / "plugwatch.toml").write_text(text, encoding="utf-8")

    refused = plugwatch("site", "add", "x", "--client", "y", code=1)

    assert refused.err.startswith(f"plugwatch: {workspace / 'plugwatch.toml'}: ")
    assert why in refused.err
    assert refused.err.count("\n") == 1
    assert (workspace / "plugwatch.db").read_bytes() == before


def _sql(workspace: Path, statement: str) -> None:
    with sqlite3.connect(workspace / "plugwatch.db") as ledger:
        ledger.execute(statement)
    ledger.close()


COMMANDS = [
    ("site", "list", "--json"),
    ("site", "add", "x", "--client", "y"),
    ("incident", "open", "shop", "it broke"),
    ("client", "list"),
    ("doctor",),
]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_ledger_of_a_newer_plugwatch_is_refused(plugwatch, workspace, command):
    _sql(workspace, "insert into schema_migration values (99, 'later', '2030-01-01T00:00:00Z')")

    refused = plugwatch(*command, code=1)

    assert "written by a newer plugwatch" in refused.err + refused.out
    assert "upgrade plugwatch" in refused.err + refused.out


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
@pytest.mark.parametrize("damage", ["noise", "half", "other", "empty", "folder"])
def test_a_damaged_ledger_is_one_sentence(plugwatch, workspace, command, damage):
    ledger = workspace / "plugwatch.db"
    content = ledger.read_bytes()
    for file in workspace.glob("plugwatch.db*"):
        file.unlink()
    if damage == "folder":
        ledger.mkdir()
    elif damage == "other":
        _sql(workspace, "create table notes (text)")
    else:
        ledger.write_bytes(
            {"noise": bytes(range(256)) * 40, "half": content[: len(content) // 3], "empty": b""}[damage]
        )

    refused = plugwatch(*command, code=1)

    said = refused.err + refused.out
    assert str(ledger) in said
    assert "Traceback" not in said
    if command != ("doctor",):
        assert refused.out == ""
        assert refused.err.count("\n") == 1


def test_a_workspace_with_a_byte_order_mark_in_its_settings(plugwatch, workspace):
    text = (workspace / "plugwatch.toml").read_text(encoding="utf-8")
    (workspace / "plugwatch.toml").write_text(text, encoding="utf-8-sig")

    assert plugwatch("site", "list", "--json").json == []


def test_the_settings_that_init_writes_are_all_known(plugwatch, workspace):
    document = tomli.loads((workspace / "plugwatch.toml").read_text(encoding="utf-8"))

    assert set(document) == {"agency", "database", "sla"}
    assert document["agency"]["timezone"] == "Europe/Berlin"

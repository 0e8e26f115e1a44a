from __future__ import annotations

import pytest

from plugwatch.model.messages.message import LAST_PHASES, PHASES
from plugwatch.render.templates import Templates, find_shipped_templates

SHIPPED = find_shipped_templates()


@pytest.fixture
def dutch(workspace):
    """A workspace's own language with small templates that hold; its folder."""
    folder = workspace / "templates" / "client" / "nl"
    folder.mkdir(parents=True)
    words = (SHIPPED / "client/en/words.txt").read_text(encoding="utf-8")
    (folder / "words.txt").write_text(words.replace("language = en", "language = nl"), encoding="utf-8")
    for phase in PHASES:
        until = "" if phase in LAST_PHASES else "You will hear from us again {{ next }}."
        (folder / f"{phase}.j2").write_text(f"Subject: {{{{ about or 'Sites' }}}}\nHello.\n{until}\n", encoding="utf-8")
    return folder


@pytest.fixture
def closed(workspace):
    """A workspace's own closing message, which names the vendor."""
    path = workspace / "templates" / "client" / "en" / "closed.j2"
    path.parent.mkdir(parents=True)
    path.write_text("Subject: done\nTidyWorks did it, \x1b[31m{{ sender }}.\n", encoding="utf-8")
    return path


def test_list_shows_every_template_and_where_it_comes_from(plugwatch, closed, conforms):
    answer = plugwatch("template", "list", "--json")

    conforms(answer.json, [{"name": str, "origin": {"workspace", "shipped"}, "path": str}])
    assert [row["name"] for row in answer.json] == [file.name for file in Templates().files()]
    assert [row for row in answer.json if row["origin"] == "workspace"] == [
        {"name": "client/en/closed.j2", "origin": "workspace", "path": str(closed)}
    ]
    lines = plugwatch("template", "list").out.splitlines()
    assert "client/en/closed.j2\tworkspace" in lines
    assert "client/en/words.txt\tshipped" in lines
    assert "upstream/trac/bug.j2\tshipped" in lines


@pytest.mark.parametrize("name", ["client/de/resolved.j2", "client/de/resolved", "client/de/words"])
def test_show_prints_the_source(plugwatch, workspace, name):
    path = next(SHIPPED / f"{name}{end}" for end in ("", ".j2", ".txt") if (SHIPPED / f"{name}{end}").is_file())
    source = path.read_text(encoding="utf-8")

    assert plugwatch("template", "show", name).out == source
    assert plugwatch("template", "show", name, "--json").json == {
        "name": path.relative_to(SHIPPED).as_posix(),
        "origin": "shipped",
        "path": str(path),
        "source": source,
    }


def test_show_prefers_the_workspaces_own(plugwatch, closed):
    answer = plugwatch("template", "show", "client/en/closed")

    assert answer.out == "Subject: done\nTidyWorks did it, \\x1b[31m{{ sender }}.\n"
    assert answer.err == f"\n{closed} (workspace)\n"


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("client/en/close", "did you mean 'client/en/closed.j2'?"),
        ("../plugwatch.toml", "see 'plugwatch template list'"),
        ("/etc/passwd", "see 'plugwatch template list'"),
    ],
)
def test_show_of_what_is_no_template(plugwatch, workspace, name, hint):
    answer = plugwatch("template", "show", name, code=1)
    assert answer.err == f"plugwatch: there is no template '{name}'; {hint}\n"


def test_check_names_file_and_line_and_ends_with_three(plugwatch, dutch, conforms):
    path = dutch / "closed.j2"
    path.write_text("Subject: done\nHello.\n\nTidyWorks did it, \x1b[31m{{ sender }}.\n", encoding="utf-8")

    answer = plugwatch("template", "check", "--language", "nl-BE", "--json", code=3)

    finding = {"file": str, "line": (int, None), "check": str, "detail": str, "sample": str}
    conforms(answer.json, {"files": int, "texts": int, "findings": [finding]})
    [found] = [row for row in answer.json["findings"] if row["check"] == "vendor"]
    assert (found["file"], found["line"]) == (str(path), 4)
    assert "'TidyWorks'" in found["detail"]

    shown = plugwatch("template", "check", "--language", "nl", code=3)
    assert f"{path}, line 4: vendor: " in shown.out
    assert "\x1b" not in shown.out
    assert len(shown.out.splitlines()) == len(answer.json["findings"])
    assert shown.err.startswith("6 files tried in ")


def test_check_of_templates_that_hold(plugwatch, dutch):
    answer = plugwatch("template", "check", "--language", "nl")
    assert answer.out == ""
    assert answer.err.endswith(" texts: nothing was found\n")


def test_check_tries_what_goes_upstream_too(plugwatch, workspace, monkeypatch):
    path = workspace / "templates" / "upstream" / "trac" / "bug.j2"
    path.parent.mkdir(parents=True)
    path.write_text("Subject: {{ title }}\n{{ componet.name }}\n", encoding="utf-8")
    monkeypatch.setattr("plugwatch.render.client_texts.ClientTexts.languages", lambda _: ())  # they have their own test

    answer = plugwatch("template", "check", code=3)
    assert (
        answer.out
        == f"{path}, line 2: template: the template cannot be filled in: 'componet' is undefined (everything known)\n"
    )


def test_check_of_a_language_that_nobody_wrote(plugwatch, workspace):
    answer = plugwatch("template", "check", "--language", "fr", code=1)
    assert answer.err == "plugwatch: there are no texts in the language 'fr' but de, en\n"


@pytest.fixture
def editor(workspace, monkeypatch):
    """An editor that does what a line of shell says to the file, ``$1``."""

    def use(line):
        script = workspace / "editor"
        script.write_text(f"#!/bin/sh\n{line}\n", encoding="utf-8")
        script.chmod(0o755)
        monkeypatch.setenv("EDITOR", str(script))

    return use


def test_edit_copies_a_shipped_one_and_checks_what_the_editor_left(plugwatch, workspace, editor):
    editor("printf '{{ titel }}\\n' >> $1")
    answer = plugwatch("template", "edit", "upstream/trac/thanks", code=3)

    path = workspace / "templates/upstream/trac/thanks.j2"
    shipped = (SHIPPED / "upstream/trac/thanks.j2").read_text(encoding="utf-8")
    assert path.read_text(encoding="utf-8") == shipped + "{{ titel }}\n"
    line = shipped.count("\n") + 1
    assert f"{path}, line {line}: template: the template cannot be filled in: 'titel' is undefined" in answer.out
    assert answer.err.startswith("1 file tried in 0 texts: 1 finding\n")

    editor("sed -i '$d' $1")
    mended = plugwatch("template", "edit", "upstream/trac/thanks.j2")
    assert mended.out == ""
    assert "nothing was found" in mended.err
    assert path.read_text(encoding="utf-8") == shipped


def test_edit_of_a_part_tries_every_text_that_may_hold_it(plugwatch, workspace, editor):
    editor("printf '\\n{{ nobody }}\\n' >> $1")
    answer = plugwatch("template", "edit", "upstream/_thanks.j2", code=3)
    assert len(answer.out.splitlines()) == 1
    assert f"{workspace / 'templates/upstream/_thanks.j2'}, line " in answer.out


def test_edit_of_a_message_to_clients_checks_its_language(plugwatch, dutch, editor):
    editor("printf 'TidyWorks did it.\\n' >> $1")
    answer = plugwatch("template", "edit", "client/nl/closed.j2", code=3)
    assert f"{dutch / 'closed.j2'}, line " in answer.out
    assert "vendor: " in answer.out


@pytest.mark.parametrize("line", ["true", "rm $1", "exit 1"])
def test_edit_without_a_change_leaves_the_shipped_one_in_use(plugwatch, workspace, editor, line):
    editor(line)
    answer = plugwatch("template", "edit", "client/en/closed", code=1 if line == "exit 1" else 0)
    said = "set EDITOR to an editor that works" if line == "exit 1" else "the shipped one stays in use"
    assert said in answer.err
    assert not (workspace / "templates/client/en/closed.j2").exists()


def test_edit_never_writes_over_an_own_one(plugwatch, workspace, editor):
    path = workspace / "templates/upstream/chat/thanks.j2"
    path.parent.mkdir(parents=True)
    path.write_text("Subject: {{ thread.title if thread }}\n{{ thread.fixed_in if thread }}\n", encoding="utf-8")
    before = path.read_bytes()
    editor("true")
    plugwatch("template", "edit", "upstream/chat/thanks")
    assert path.read_bytes() == before


def test_edit_without_an_editor_says_where_the_file_is(plugwatch, workspace):
    answer = plugwatch("template", "edit", "upstream/email/patch")
    path = workspace / "templates/upstream/email/patch.j2"
    assert answer.out == f"{path}\n"
    assert path.read_bytes() == (SHIPPED / "upstream/email/patch.j2").read_bytes()
    assert "no editor is set" in answer.err


def test_edit_of_what_is_no_template(plugwatch, workspace):
    answer = plugwatch("template", "edit", "upstream/trac/thank", code=1)
    assert "did you mean 'upstream/trac/thanks.j2'?" in answer.err
    assert not (workspace / "templates/upstream").exists()

from __future__ import annotations

import pytest

from plugwatch.model.message import LAST_PHASES, PHASES
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

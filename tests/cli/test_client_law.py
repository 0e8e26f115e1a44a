"""``client export`` and ``client forget``: all that is held of a client, and nothing of it."""

from __future__ import annotations

import json
import os
import pty
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from workbench import environment, git, mail_file, make_workspace, plugin, write_files

from plugwatch.ledger.database import open_ledger

CHECKOUT = Path(__file__).parents[2]
WORDS = "since Friday the contact form on our page does not send a thing"
YES = ("--yes", "--confirm", "corvid")
LIST = '[plugins]\ntidy-forms = "1.0.0"\n'


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace in which everything that can name a client names Corvid Prints; to be copied."""
    folder = tmp_path_factory.mktemp("told")
    with environment(PLUGWATCH_USER="dana"):
        workspace = make_workspace(folder / "ws")
        contacts = ("--contact", "Maria Marlowe <maria@corvid.example>")
        workspace.do("client", "add", "corvid", "--name", "Corvid Prints Ltd", *contacts)
        workspace.do("client", "add", "bolt", "--name", "Bolt")
        workspace.do("site", "add", "corvid-shop", "--client", "corvid", "--url", "https://www.corvid.example")
        workspace.do("site", "add", "bolt", "--client", "bolt", "--url", "https://bolt.example")
        for site, more in (("corvid-shop", 'corvid-tweaks = "0.1"\n'), ("bolt", "# as on www.corvid.example\n")):
            (folder / "list.toml").write_text(LIST + more)
            workspace.do("site", "import", site, folder / "list.toml", "--as", "plugwatch-toml", "--keep-raw")
        call = ("--caller", "Maria Marlowe", "--ticket", "https://desk.example/corvid/4711")
        workspace.do("incident", "open", "corvid-shop", "tidy", WORDS, *call)
        workspace.do(
            "incident", "open", "bolt", "tidy", "like at Corvid Prints: one moment, and it is gone", "--caller", "Jo"
        )
        workspace.do(
            "incident", "note", "1", "corvid.example is fine; Marlowe was told. The corvid shop waits for Bolt."
        )
        workspace.do("incident", "hold", "1", "--version", ">=1.0.0", "--reason", "Corvid cannot send")
        source = write_files(folder / "tidy-forms", plugin("1.0.0"))
        edited = write_files(folder / "edited", plugin("1.0.0", mail=mail_file(seconds=60)))
        workspace.do("fork", "create", "plugin/tidy-forms", "--from", source)
        facts = ("--title", "Help Corvid Prints", "--why", f"Maria Marlowe: {WORDS}", "--incident", "INC-1")
        workspace.do("patch", "capture", "plugin/tidy-forms", edited, *facts)
        workspace.do("fork", "build", "plugin/tidy-forms", "--out", folder / "out")
        assert workspace.run("submission", "draft", "INC-1", "--via", "email").code == 3
    (workspace.folder / "plugwatch.db.before-0008").write_bytes((workspace.folder / "plugwatch.db").read_bytes())
    for name in ("corvid-identified-1.eml", "corvid-identified-1.txt", "bolt-identified-1.txt"):
        path = workspace.folder / "drafts" / "INC-1" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("Hello,\nit works again on corvid.example.\n")
    return workspace.folder


@pytest.fixture
def told(template: Path, plugwatch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of it; the test stands in it."""
    folder = Path(shutil.copytree(template, tmp_path / "ws"))
    monkeypatch.chdir(folder)
    return folder


def contents(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Every file of a workspace, git's objects unpacked, and every member of every archive."""
    for path in sorted(folder.rglob("*")):
        if path.is_dir() and (path / "objects").is_dir():
            yield f"{path}: objects", git(path, "cat-file", "--batch-all-objects", "--batch")
        if path.is_file() and "objects" not in path.parts:
            yield str(path), path.read_bytes()
        if path.suffix == ".zip":
            with zipfile.ZipFile(path) as archive:
                yield from ((f"{path}: {name}", archive.read(name)) for name in archive.namelist())


def grep(folder: Path, *words: str) -> list[str]:
    """The files of a workspace, by name or content, that have one of some words in any letter case."""
    return [
        name
        for name, content in contents(folder)
        if any(
            w.casefold() in (name.removeprefix(str(folder)) + content.decode("utf-8", "replace")).casefold()
            for w in words
        )
    ]


EVERYTHING = ("corvid", "marlowe", "maria", "does not send a thing", "4711", "Friday the contact form")


def test_nothing_of_a_forgotten_client_is_left_in_any_file(plugwatch, told):
    assert len(grep(told, *EVERYTHING)) > 10

    done = plugwatch("client", "forget", "corvid", *YES, "--json").json

    assert grep(told, *EVERYTHING) == []
    assert (done["client"], done["name"], done["left"], done["given"]) == ("corvid", "forgotten-1", [], [])


def test_what_was_kept_of_a_clients_site_before_something_was_put_there_goes(plugwatch, told):
    kept = [told / "snapshots" / site / "plugin" / "tidy-forms.zip" for site in ("corvid-shop", "bolt")]
    for path in kept:
        path.parent.mkdir(parents=True)
        path.write_bytes(b"what was installed")

    plugwatch("client", "forget", "corvid", *YES)

    assert [path.exists() for path in kept] == [False, True]


def test_what_is_not_the_clients_goes_on(plugwatch, told):
    plugwatch("client", "forget", "corvid", *YES)

    shown = plugwatch("incident", "show", "1", "--json").json
    assert [(call["client"], call["caller"], call["words"]) for call in shown["calls"]] == [
        ("forgotten-1", None, "(erased)"),
        ("bolt", "Jo", "like at (erased): one moment, and it is gone"),
    ]
    assert "(erased) is fine; (erased) was told. The (erased) waits for Bolt." in [e["body"] for e in shown["timeline"]]
    [patch] = plugwatch("patch", "list", "plugin/tidy-forms", "--json").json
    assert patch["title"] == "Help (erased)"
    assert plugwatch("client", "show", "bolt", "--json").json["sites"] == ["bolt"]
    assert plugwatch("fork", "show", "plugin/tidy-forms", "--json").json["component"] == "plugin/tidy-forms"
    assert (told / "drafts" / "INC-1" / "bolt-identified-1.txt").read_text() == "Hello,\nit works again on (erased).\n"


def test_doing_it_again_says_that_it_is_done(plugwatch, told):
    plugwatch("client", "forget", "corvid", *YES)

    assert "forgotten-1 was forgotten already" in plugwatch("client", "forget", "forgotten-1", *YES, code=1).err
    gone = plugwatch("client", "forget", "corvid", *YES, code=1).err
    assert "forgotten before: forgotten-1; the database was swept once more" in gone
    assert "no client here is called 'corvid'" in gone


def test_what_was_done_before_cannot_be_undone(plugwatch, told):
    plugwatch("client", "forget", "corvid", *YES)

    assert plugwatch("fork", "log", "tidy-forms", "--json").json[0]["what"] == "client forget"
    refused = plugwatch("fork", "undo", "tidy-forms", "--yes", "--force", code=1).err
    assert refused.endswith(
        "plugwatch: 'client forget' cannot be undone, nor what was done in the fork of plugin/tidy-forms before it: "
        "what it has erased is not kept anywhere\n"
    )
    plugwatch("fork", "build", "tidy-forms", "--out", told / "more")
    assert plugwatch("fork", "undo", "tidy-forms", "--yes").code == 0


@pytest.mark.parametrize("options", [(), ("--yes",), ("--confirm", "corvid"), ("--yes", "--confirm", "corvi")])
def test_off_a_terminal_it_wants_both_answers_beforehand(plugwatch, told, options):
    before = (told / "plugwatch.db").read_bytes()

    said = plugwatch("client", "forget", "corvi", *options, code=2).err

    assert "nothing was erased" in said
    assert "--yes --confirm corvid" in said
    assert (told / "plugwatch.db").read_bytes() == before


@pytest.mark.parametrize(
    ("answers", "code", "says"),
    [
        ("corvid\nforget\n", 0, "corvid is forgotten: its rows are forgotten-1 now"),
        ("Corvid\n", 1, "nothing was erased: that is not 'corvid'"),
        ("corvid\nyes\n", 1, "nothing was erased"),
    ],
)
def test_on_a_terminal_it_asks_twice(told, answers, code, says):
    ours, theirs = pty.openpty()
    env = os.environ | {"PYTHONPATH": str(CHECKOUT), "PLUGWATCH_USER": "dana", "TERM": "dumb"}
    command = [sys.executable, "-m", "plugwatch", "client", "forget", "corvid"]
    child = subprocess.Popen(command, cwd=told, env=env, stdin=theirs, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    os.close(theirs)
    os.write(ours, answers.encode())
    text = child.communicate(timeout=60)[0].decode()
    os.close(ours)

    assert child.returncode == code, text
    assert says in text
    assert (grep(told, "corvid") == []) is (code == 0)


def test_before_it_asks_it_says_what_will_happen(plugwatch, told):
    said = plugwatch("client", "forget", "corvid", code=2).err

    assert "corvid (Corvid Prints Ltd): all names, words and addresses are erased for good" in said
    assert "sites: corvid-shop; incidents: 1" in said
    assert "not closed yet: INC-1; this client will hear no more from us" in said
    assert "plugwatch.db.before-0008 will be deleted: it is a copy of the ledger as it was" in said


def test_what_only_a_person_can_erase_is_left_to_that_person(plugwatch, told):
    (told / "templates" / "note.txt").write_text("For Corvid Prints")
    (told / "notes.md").write_text("ask maria@corvid.example")
    (told / "Corvid Prints.md").write_text("")
    with zipfile.ZipFile(told / "build.zip", "w") as archive:
        archive.writestr("a.txt", "for corvid.example")

    done = plugwatch("client", "forget", "corvid", *YES, code=3)

    assert done.out.partition("LEFT TO YOU\n")[2].splitlines() == [
        "  Corvid Prints.md has the client's name in its own; rename it",
        "  build.zip tells of the client; delete it, or build it again",
        "  notes.md tells of the client; delete it",
        "  templates/note.txt tells of the client; change it by hand",
    ]


def test_a_fork_that_is_not_here_is_told_of_before_it_is_too_late(plugwatch, told):
    shutil.rmtree(told / "forks" / "plugin" / "tidy-forms.git")
    asked = plugwatch("client", "forget", "corvid", code=2).err
    done = plugwatch("client", "forget", "corvid", *YES, code=3).out

    assert "back from a backup; do that first, for whatever tells of corvid there" in asked
    assert "LEFT TO YOU\n  plugin/tidy-forms: its fork was not here, so nothing was erased in it\n" in done


def test_a_short_name_that_may_be_any_word_is_told_of_before_it_is_left(plugwatch, told):
    plugwatch("incident", "open", "bolt", "a corvid sits on the form", "--new")
    plugwatch("incident", "note", "2", "no corvid here")

    said = plugwatch("client", "forget", "corvid", code=2).err

    assert "'corvid' stands in 2 texts about others and stays there; to erase it too: --also corvid" in said
    assert "stands in" not in plugwatch("client", "forget", "corvid", "--also", "corvid", code=2).err


def test_other_words_are_erased_where_a_person_names_them(plugwatch, told):
    plugwatch("incident", "note", "1", "the old name was millstone press")
    plugwatch("client", "forget", "corvid", *YES, "--also", "Millstone Press")

    assert grep(told, "millstone") == []


def test_a_colleagues_machine_can_be_cleaned_before_the_ledger(plugwatch, told):
    done = plugwatch("client", "forget", "corvid", *YES, "--here", "--json")

    assert "the ledger stays as it is" in done.err
    assert done.json["name"] is None
    assert {Path(name.partition(":")[0]).name for name in grep(told, "corvid", "marlowe")} <= {
        "plugwatch.db",
        "plugwatch.db-wal",
        "plugwatch.db.before-0008",
    }
    assert plugwatch("client", "show", "corvid", "--json").json["name"] == "Corvid Prints Ltd"
    plugwatch("client", "forget", "corvid", *YES)
    assert grep(told, *EVERYTHING) == []


def test_a_shared_ledger_is_forgotten_too_and_the_colleagues_are_thought_of(
    plugwatch, told, monkeypatch, empty_postgres_url
):
    open_ledger(empty_postgres_url, workspace=told, create=True).close()
    monkeypatch.setenv("PLUGWATCH_DATABASE_URL", empty_postgres_url)
    plugwatch("client", "add", "corvid", "--name", "Corvid Prints Ltd")

    said = plugwatch("client", "forget", "corvid", *YES, code=0).err

    assert "run this first: plugwatch client forget corvid --here" in said
    assert "what the server's own backups and logs hold is for its owner to erase" in said
    assert [row["client"] for row in plugwatch("client", "list", "--json").json] == ["forgotten-1"]


def test_hostile_names_break_no_screen(plugwatch, workspace):
    name = "Cor\u202evid " + "x" * 70
    plugwatch("client", "add", "corvid", "--name", name)

    assert "\u202e" not in plugwatch("client", "forget", "corvid", code=2).err


# The copy of all that is held


def members(path: Path) -> dict[str, str]:
    with zipfile.ZipFile(path) as archive:
        return {name.removeprefix("corvid/"): archive.read(name).decode() for name in archive.namelist()}


def test_an_export_holds_all_of_the_client_and_nothing_of_another_one(plugwatch, told, tmp_path):
    done = plugwatch("client", "export", "corvid", "--out", tmp_path / "a.zip", "--json").json

    files = members(tmp_path / "a.zip")
    assert done["files"] == sorted(files)
    assert json.loads(files["client.json"])["contacts"] == [{"name": "Maria Marlowe", "email": "maria@corvid.example"}]
    assert [site["url"] for site in json.loads(files["sites.json"])] == ["https://www.corvid.example"]
    assert [row.split(",")[:3] for row in files["installations.csv"].splitlines()[1:]] == [
        ["corvid-shop", "plugin/corvid-tweaks", "0.1"],
        ["corvid-shop", "plugin/tidy-forms", "1.0.0"],
    ]
    incident = json.loads(files["incidents/INC-1.json"])
    assert [(call["caller"], call["words"], call["ticket"]) for call in incident["calls"]] == [
        ("Maria Marlowe", WORDS, "https://desk.example/corvid/4711")
    ]
    assert [impact["state"] for impact in incident["impacts"]] == ["affected"]
    assert len(incident["promises"]) == 1
    waits = "corvid.example is fine; Marlowe was told. The corvid shop waits for (another client)."
    assert waits in [event["body"] for event in incident["events"]]
    assert [name for name in files if name.startswith("lists/")]
    [patch] = json.loads(files["patches.json"])
    assert (patch["title"], patch["why"]) == ("Help Corvid Prints", f"Maria Marlowe: {WORDS}")
    texts = {(one["record"], one["field"]): one["text"] for one in json.loads(files["texts.json"])}
    assert texts["hold", "reason"] == "Corvid cannot send"
    assert "Maria Marlowe" in texts["post", "body"]
    assert ("client_call", "words") not in texts  # is with its incident
    assert not [name for name, text in files.items() if "bolt" in text.casefold() or "moment" in text]


def test_an_export_says_nothing_of_others_in_what_was_written_of_both(plugwatch, told, tmp_path):
    plugwatch("client", "add", "gale", "--contact", "Ada Lovell <ada@gale.example>")
    plugwatch("site", "add", "shop", "--client", "gale")
    plugwatch("incident", "note", "1", "corvid and gale: ask Ada Lovell (ada@gale.example) about the shop")
    plugwatch("client", "export", "corvid", "--out", tmp_path / "a.zip")

    events = json.loads(members(tmp_path / "a.zip")["incidents/INC-1.json"])["events"]
    another = "(another client)"
    assert f"corvid and {another}: ask {another} ({another}) about the shop" in [event["body"] for event in events]


def test_two_exports_are_the_same_bytes_for_their_owners_eyes(plugwatch, told, tmp_path):
    for name in ("a.zip", "b.zip"):
        plugwatch("client", "export", "corvid", "--out", tmp_path / name)

    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()
    assert (tmp_path / "a.zip").stat().st_mode & 0o777 == 0o600


def test_an_export_changes_nothing_and_is_called_after_the_client(plugwatch, told):
    before = (told / "plugwatch.db").read_bytes()

    assert plugwatch("client", "export", "corvid").out == f"{told / 'corvid.zip'}\n"
    assert (told / "plugwatch.db").read_bytes() == before


def test_a_client_of_whom_nothing_is_known_can_have_that(plugwatch, workspace):
    plugwatch("client", "add", "corvid")
    plugwatch("client", "export", "corvid")

    assert set(members(workspace / "corvid.zip")) == {
        "client.json",
        "feedback.json",
        "installations.csv",
        "lists.json",
        "messages.json",
        "patches.json",
        "sites.json",
        "texts.json",
    }


def insert(work, table, **row):
    names = ", ".join(row)
    work._connection.run(f"insert into {table} ({names}) values ({', '.join(f':{name}' for name in row)})", row)


def test_a_message_is_exported_as_the_mail_that_it_was(plugwatch, told, tmp_path):
    url = "sqlite:///plugwatch.db"
    with open_ledger(url, workspace=told) as ledger, ledger.unit_of_work() as work:
        at = "2026-11-20T10:00:00Z"
        owner = {"incident_id": work.incidents.get("1").id, "client_id": work.clients.get("corvid").id}
        text = {"language": "en", "subject": "We know", "body": "Hello Maria,", "edited": 0, "asks": 0}
        facts = {"phase": "identified", "round": 1, "state": "done", "road": "smtp", "mail_id": "<m@fernhill.example>"}
        insert(work, "message", id="m", created_at=at, changed_at=at, actor="dana", **owner, **text, **facts)
        went = {"state": "sent", "tries": 1, "sent_at": "2026-11-20T10:05:00Z"}
        insert(work, "delivery", message_id="m", address="maria@corvid.example", name="Maria", **went)
    plugwatch("client", "export", "corvid", "--out", tmp_path / "a.zip")

    files = members(tmp_path / "a.zip")
    mail = files["messages/001-INC-1-identified.eml"].splitlines()
    assert "Date: Fri, 20 Nov 2026 10:05:00 +0000" in mail
    assert "Message-ID: <m@fernhill.example>" in mail
    assert mail[-1] == "Hello Maria,"
    assert json.loads(files["messages.json"])[0]["deliveries"] == [
        {"name": "Maria", "address": "maria@corvid.example", "state": "sent", "sent_at": "2026-11-20T10:05:00+00:00"}
    ]

    said = plugwatch("client", "forget", "corvid", *YES).out
    assert "CANNOT BE TAKEN BACK\n  maria@corvid.example got by mail: INC-1 identified, 2026-11-20 10:05 UTC\n" in said
    assert grep(told, *EVERYTHING, "We know") == []

"""The trackers as the program wires them: a topic of the forum, and answers in our own mailbox."""

from __future__ import annotations

import email
import imaplib
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from peers.dovecot import DovecotServer, serve_dovecot
from peers.forum import ForumServer
from vendoring import make_told_workspace
from workbench import Workspace

VENDOR = ("--vendor-email", "support@larkspur.example", "--vendor-url", "https://larkspur.example/")


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """SUB-1 and SUB-2, both drafts."""
    return make_told_workspace(tmp_path_factory.mktemp("template")).folder


@pytest.fixture
def workspace(template: Path, tmp_path: Path) -> Workspace:
    """A copy for one test."""
    shutil.copytree(template, tmp_path / "ws")
    return Workspace(tmp_path / "ws")


def _set(workspace: Workspace, settings: str) -> None:
    file = workspace.folder / "plugwatch.toml"
    file.write_text(f"{file.read_text()}\n{settings}\n", encoding="utf-8")


def _poll(workspace: Workspace, *args: str, code: int = 0) -> dict[str, Any]:
    answer = workspace.run("submission", "poll", *args, "--offline", "--json")
    assert answer.code == code, answer
    (row,) = answer.json["submissions"]
    document: dict[str, Any] = row
    return document


def test_a_topic_is_watched_where_the_settings_have_the_forum(workspace: Workspace) -> None:
    forum = ForumServer()
    with forum.running():
        _set(workspace, f'[wordpress_org]\nforum_url = "{forum.base}"')
        topic = forum.add_topic("tidy-forms", "It waits too long", "example-agency", "<p>Hello</p>")
        workspace.do("submission", "mark", "1", "sent", "--url", forum.address(topic), "--at", "2025-01-01")
        assert (_poll(workspace)["status"], forum.requests == []) == ("sent", False)

        topic.reply("Larkspur", "<p>Which version is it?</p>", badge="Plugin Author")
        row = _poll(workspace, "1", code=3)
        assert [remark["who"] for remark in row["remarks"] if remark["human"]] == ["Larkspur (Plugin Author)"]
        assert (row["status"], row["waits_for_us"]) == ("confirmed", True)


def test_a_topic_that_somebody_posted_without_saying_where_is_found_by_its_title(workspace: Workspace) -> None:
    forum = ForumServer()
    with forum.running():
        _set(workspace, f'[wordpress_org]\nforum_url = "{forum.base}"')
        draft = workspace.run("submission", "draft", "INC-1", "--via", "forum", "--json", *VENDOR).json
        workspace.do("submission", "mark", draft["submission"], "sent", "--at", "2026-11-20 08:00")
        forum.add_topic("tidy-forms", "Another matter", "somebody", "<p>Hello</p>")
        (row,) = workspace.run("submission", "poll", draft["submission"], "--offline", "--json").json["submissions"]
        assert row["remote_url"] is None

        topic = forum.add_topic("tidy-forms", draft["title"], "example-agency", "<p>Hello</p>")
        (row,) = workspace.run("submission", "poll", draft["submission"], "--offline", "--json").json["submissions"]
        assert (row["remote_url"], row["error"]) == (forum.address(topic), None)


@pytest.fixture
def mailbox(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Iterator[DovecotServer]:
    """Our own mailbox."""
    with serve_dovecot() as dovecot:
        monkeypatch.setenv("SSL_CERT_FILE", str(dovecot.certificate))
        monkeypatch.setenv("PLUGWATCH_IMAP_PASSWORD", dovecot.password)
        box = f'host = "{dovecot.host}"\nport = {dovecot.port}\nsecurity = "starttls"\nuser = "{dovecot.user}"'
        _set(workspace, f"[imap]\n{box}")
        yield dovecot


@pytest.mark.services
def test_an_answer_by_mail_is_found_in_our_own_mailbox(workspace: Workspace, mailbox: DovecotServer) -> None:
    drafted = workspace.run("submission", "draft", "1", "--via", "email", *VENDOR, "--json").json
    (path,) = [file["path"] for file in drafted["files"] if file["name"].endswith(".eml")]
    ours = email.message_from_bytes(Path(path).read_bytes())["Message-ID"]
    workspace.do("submission", "mark", "3", "sent", "--at", "2026-10-01")
    row = _poll(workspace)
    assert (row["submission"], row["remote_status"], row["status"]) == ("SUB-3", "no answer", "sent")

    answer = f"From: Jo <jo@larkspur.example>\r\nTo: {mailbox.user}\r\nIn-Reply-To: {ours}\r\n\r\nWhich version?\r\n"
    with imaplib.IMAP4(mailbox.host, mailbox.port) as box:
        box.login(mailbox.user, mailbox.password)
        assert box.append("INBOX", "", None, answer.encode())[0] == "OK"  # type: ignore[arg-type]
    row = _poll(workspace, "3", code=3)
    assert (row["status"], row["remarks"][0]["who"], row["waits_for_us"]) == ("confirmed", "Jo", True)


def test_without_a_mailbox_a_mail_is_set_by_hand(workspace: Workspace) -> None:
    workspace.run("submission", "draft", "1", "--via", "email", *VENDOR)
    workspace.do("submission", "mark", "3", "sent")
    assert workspace.do("submission", "poll", "--offline", "--json").json["submissions"] == []
    assert "plugwatch submission mark SUB-3 STATUS" in _poll(workspace, "3", code=3)["error"]

"""Whoever sends is killed before and after each thing that goes over the line; then somebody sends again."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from datetime import datetime, timezone
from itertools import count
from pathlib import Path
from types import FrameType

import pytest
from peers.dovecot import DovecotServer, serve_dovecot
from peers.smtp import SmtpServer as Peer
from peers.smtp import serve_smtp

from plugwatch.channels.email import MailRoad
from plugwatch.channels.imap import ImapRoad, ImapServer
from plugwatch.channels.smtp import SmtpRoad, SmtpServer
from plugwatch.model.client import Contact
from plugwatch.model.roads.posting import CannotTellError, Delivered, Posting
from plugwatch.model.roads.submission import DraftFile

pytestmark = pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")  # the child has threads of nobody's

OURS = Contact("dev@agency.example", "Example Agency")
MOST_STEPS = 40


@pytest.fixture(scope="module")
def dovecot() -> Iterator[DovecotServer]:
    with serve_dovecot() as server:
        yield server


def posting(number: int) -> Posting:
    patch = DraftFile("0001-fix.patch", b"+a\r\n" * 50, "text/x-patch")
    at = datetime(2026, 11, 20, 9, 41, tzinfo=timezone.utc)
    identity = f"<{number}@agency.example>"
    return Posting("k", "email", "support@vendor.example", "patch", "Fix", "Hi\n", (patch,), at, mail_id=identity)


def send(road: MailRoad, about: Posting, ledger: Path) -> Delivered | None:
    """As the workflow does it: what is on its way is written down first, and asked for before it is sent again."""
    found = road.find(about) if ledger.exists() else None
    return found or road.send(about, lambda: ledger.write_text("handing"))


def killed(work: Callable[[], object], step: int, event: str) -> bool:
    """Do it in a process that is killed at this step on the line (``c_call`` before it, ``c_return`` after it)."""
    child = os.fork()
    if not child:
        steps = 0

        def watch(_frame: FrameType, happens: str, called: object) -> None:
            nonlocal steps
            if happens == event and getattr(called, "__name__", "") == "sendall":
                steps += 1
                if steps == step:
                    os.kill(os.getpid(), signal.SIGKILL)

        sys.setprofile(watch)
        try:
            work()
        finally:
            os._exit(0)
    status = os.waitpid(child, 0)[1]
    return os.WIFSIGNALED(status)


def kill_at_each_step(road: MailRoad, folder: Path, first: dict[str, int]) -> Iterator[tuple[Posting, Path]]:
    """A posting for each kill, from the ``first`` step of each event on, with what its sender wrote down before."""
    numbers = count()
    for event in first:
        for step in range(first[event], MOST_STEPS):
            about, ledger = posting(next(numbers)), folder / f"{event}-{step}"
            if not killed(lambda about=about, ledger=ledger: send(road, about, ledger), step, event):
                break
            yield about, ledger


@pytest.mark.services
def test_a_draft_lies_once_in_the_mailbox_however_often_its_sender_is_killed(
    dovecot: DovecotServer, tmp_path: Path
) -> None:
    server = ImapServer(dovecot.host, dovecot.port, "none", dovecot.user, dovecot.password)
    road = MailRoad(OURS, mailbox=ImapRoad(server))
    kills = 0
    # Before the text goes over, a kill after one step is one before the next.
    for about, ledger in kill_at_each_step(road, tmp_path, {"c_call": 1, "c_return": 10}):
        kills += 1
        again = send(road, about, ledger)
        assert again is not None
        assert again.state == "kept"
    assert kills >= 18
    identities = [mail["Message-ID"] for mail in dovecot.mails("Entwürfe")]
    assert len(set(identities)) == len(identities) == kills + 2  # two senders came through


def test_a_mail_never_leaves_twice_and_what_is_not_on_its_way_has_not_left(tmp_path: Path) -> None:
    with serve_smtp("none") as peer:
        server = SmtpServer(peer.host, peer.port, "none", peer.user, peer.password, "agency.example")
        road = MailRoad(OURS, smtp=SmtpRoad(server))
        known = unknown = 0
        for about, ledger in kill_at_each_step(road, tmp_path, {"c_call": 1, "c_return": 1}):
            if ledger.exists():
                unknown += 1
                with pytest.raises(CannotTellError):
                    send(road, about, ledger)
            else:
                known += 1
                assert copies(peer, about) == 0
                assert send(road, about, ledger) is not None
                assert copies(peer, about) == 1
        assert known >= 7
        assert unknown >= 4
        assert peer.doubles() == {}


def copies(peer: Peer, about: Posting) -> int:
    """How often it has arrived."""
    return sum(mail["Message-ID"] == about.mail_id for mail in peer.mails)

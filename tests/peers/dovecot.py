"""A real IMAP server on loopback: Dovecot, with users whose folders have German names and their special uses.

Use, in a test marked ``services``::

    with serve_dovecot() as server:
        server.mails("Entwürfe")  # what lies there, oldest first
"""

from __future__ import annotations

import grp
import os
import pwd
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from tempfile import TemporaryDirectory

from peers.certificates import write_certificate
from services import require

_PATIENCE = 20  # seconds

_SETTINGS = """
base_dir = {folder}/run
state_dir = {folder}/run
log_path = {folder}/log
protocols = imap
listen = 127.0.0.1
mail_location = maildir:{folder}/mail/%u
auth_failure_delay = 0
default_internal_user = {internal}
default_internal_group = {group}
default_login_user = {login}
first_valid_uid = 1
ssl = yes
ssl_cert = <{certificate}
ssl_key = <{certificate}
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={mailer} gid={mailers} home={folder}/mail/%u
}}
namespace inbox {{
  inbox = yes
  mailbox Entwürfe {{
    auto = create
    special_use = \\Drafts
  }}
  mailbox Gesendet {{
    auto = create
    special_use = \\Sent
  }}
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
}}
"""


class DovecotServer:
    """The server while it runs: ``port`` speaks STARTTLS, ``tls_port`` TLS."""

    host = "localhost"
    password = "secret-7"

    def __init__(self, folder: Path, certificate: Path) -> None:
        self.user = "dev@agency.example"
        self.folder = folder
        self.certificate = certificate
        self.port, self.tls_port = _free_ports(2)
        self._users = 0

    def change_user(self) -> None:
        """Go on as somebody else, whose mailbox is empty: that is quicker than another server."""
        self._users += 1
        self.user = f"dev{self._users}@agency.example"

    def mails(self, mailbox: str) -> list[EmailMessage]:
        """What lies in a folder, oldest first."""
        files = [file for part in ("new", "cur") for file in (self._place(mailbox) / part).glob("*")]
        files.sort(key=lambda file: file.name)
        return [message_from_bytes(file.read_bytes(), EmailMessage, policy=SMTP) for file in files]

    def flags(self, mailbox: str) -> list[str]:
        """The letters that Maildir gives the mails there: D draft, S seen, T deleted."""
        names = sorted(file.name for file in (self._place(mailbox) / "cur").glob("*"))
        return [name.rpartition(",")[2] for name in names]

    def log(self) -> str:
        """What Dovecot has to say."""
        with suppress(FileNotFoundError):
            return (self.folder / "log").read_text()
        return ""

    def _place(self, mailbox: str) -> Path:
        mail = self.folder / "mail" / self.user
        return mail if mailbox == "INBOX" else mail / f".{_encode(mailbox)}"


@contextmanager
def serve_dovecot() -> Iterator[DovecotServer]:
    """The server for the length of the block, run by whoever runs the test."""
    program = require("dovecot", "dovecot-imapd")
    with TemporaryDirectory(prefix="pw-dovecot-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # as root its parts run as other users
        server = DovecotServer(folder, write_certificate(folder))
        settings = folder / "dovecot.conf"
        settings.write_text(_SETTINGS.format_map(_values(server)), encoding="utf-8")
        process = subprocess.Popen([program, "-F", "-c", str(settings)])
        try:
            _wait(server, process)
            yield server
        finally:
            process.terminate()
            process.wait(_PATIENCE)


def _values(server: DovecotServer) -> dict[str, object]:
    me = pwd.getpwuid(os.getuid()).pw_name
    root = os.getuid() == 0
    internal, login, mailer = ("dovecot", "dovenull", "nobody") if root else (me, me, me)
    mail = server.folder / "mail"
    mail.mkdir()
    if root:
        os.chown(mail, pwd.getpwnam(mailer).pw_uid, pwd.getpwnam(mailer).pw_gid)
    return vars(server) | {
        "internal": internal,
        "group": grp.getgrgid(pwd.getpwnam(internal).pw_gid).gr_name,
        "login": login,
        "mailer": pwd.getpwnam(mailer).pw_uid,
        "mailers": pwd.getpwnam(mailer).pw_gid,
        "password": server.password,
    }


def _wait(server: DovecotServer, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", server.port)) == 0:
                return
        time.sleep(0.02)
    raise AssertionError(f"dovecot did not start: {server.log()}")


def _free_ports(count: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [free.getsockname()[1] for free in sockets]
    for free in sockets:
        free.close()
    return ports


def _encode(mailbox: str) -> str:
    return mailbox.encode("utf-7").decode().replace("+", "&")

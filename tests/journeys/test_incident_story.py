"""From the call to the thank-you: three clients, two languages, a promise that breaks, and an incident that comes back.

Everything goes through the real commands and a real mail server. What each client read is compared word for word with
the files of ``mails/``; ``PLUGWATCH_TEST_WRITE_MAILS=1`` writes them anew, to be read before they are kept.
"""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from peers.smtp import SmtpServer, serve_smtp

from plugwatch.cli.context import App
from plugwatch.cli.main import run

EXAMPLES = Path(__file__).parents[2] / "examples"
MAILS = Path(__file__).parent / "mails"
BERLIN = ZoneInfo("Europe/Berlin")

CONFIGURATION = """
[agency]
name = "Fernhill Web"
email = "{user}"
url = "https://agency.example"
signature = "The Fernhill Web team"
timezone = "Europe/Berlin"
hourly_rate = 90

[smtp]
host = "localhost"
port = {port}
user = "{user}"

[rota]
people = ["Ana", "Ben"]
starts = "2026-11-23"
"""


class Agency:
    """The agency at its keyboard, with a clock that the story sets."""

    def __init__(self, server: SmtpServer, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.server = server
        self.folder = folder
        self.now = datetime(2026, 11, 23, 8, 0, tzinfo=BERLIN)
        self._capsys = capsys

    def at(self, clock: str) -> Agency:
        """Set the clock: ``09:14``, or ``27 10:00`` for another day of November."""
        *day, time = clock.split()
        hour, minute = map(int, time.split(":"))
        self.now = self.now.replace(day=int(day[0]) if day else self.now.day, hour=hour, minute=minute)
        return self

    def __call__(self, *args: object, code: int = 0) -> Any:
        """Run a command line with ``--json``; its document."""
        self._capsys.readouterr()
        ended = run([*map(str, args), "--json"])
        captured = self._capsys.readouterr()
        assert ended == code, f"plugwatch {args} ended with {ended}\n{captured.out}\n{captured.err}"
        return json.loads(captured.out) if captured.out else None

    def statuses(self, *args: object, code: int = 0) -> dict[str, str]:
        """Tell the clients, and what became of it, by client."""
        told = self("incident", "tell", "INC-1", *args, code=code)
        return {message["client"]: message["status"] for message in told["messages"]}


@pytest.fixture(params=["sqlite", "postgresql"])
def agency(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Iterator[Agency]:
    """A new workspace on each engine in turn, and a mail server that wants TLS and a login."""
    if request.param == "postgresql":
        monkeypatch.setenv("PLUGWATCH_DATABASE_URL", request.getfixturevalue("empty_postgres_url"))
    folder = tmp_path / "agency"
    with serve_smtp() as server:
        monkeypatch.setenv("SSL_CERT_FILE", str(server.certificate))
        monkeypatch.setenv("PLUGWATCH_SMTP_PASSWORD", server.password)
        monkeypatch.setenv("PLUGWATCH_USER", "Ana")
        monkeypatch.setenv("PLUGWATCH_WORKSPACE", str(folder))
        monkeypatch.chdir(tmp_path)
        assert run(["init", str(folder)]) == 0
        configuration = CONFIGURATION.format(port=server.port, user=server.user)
        (folder / "plugwatch.toml").write_text(configuration, encoding="utf-8")
        agency = Agency(server, folder, capsys)
        monkeypatch.setattr(App, "now", property(lambda _: agency.now))
        yield agency


def _import(agency: Agency, site: str, version: str, *, auto_update: str = "off", offered: str = "") -> Any:
    """A list of a site on which little else runs."""
    rows = [
        {"name": "tidy-forms", "title": "Tidy Forms", "status": "active", "version": version},
        {"name": "akismet", "title": "Akismet", "status": "active", "version": "5.4"},
    ]
    rows[0] |= {"auto_update": auto_update, "update": "available" if offered else "none", "update_version": offered}
    path = agency.folder / f"{site}.json"
    path.write_text(json.dumps(rows), encoding="utf-8")
    return agency("site", "import", site, path)


def _release(agency: Agency, version: str) -> Path:
    """A release as the vendor ships it."""
    path = agency.folder / f"tidy-forms.{version}.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for file in sorted((EXAMPLES / "tidy-forms" / version).rglob("*")):
            archive.write(file, Path("tidy-forms") / file.relative_to(EXAMPLES / "tidy-forms" / version))
    return path


def _the_agency_knows_its_clients(agency: Agency) -> None:
    agency.at("08:00")
    agency("client", "add", "acme", "--name", "Acme Tea", "--contact", "Maria <maria@acme.example>")
    agency("client", "set", "acme", "--timezone", "Europe/London", "--language", "en")
    agency("client", "add", "bolt", "--name", "Bolt Räder", "--language", "de", "--tone", "casual")
    agency("client", "set", "bolt", "--contact", "Jo <jo@bolt.example>", "--contact", "buero@bolt.example")
    agency("client", "add", "corvid", "--name", "Corvid Books", "--contact", "it@corvid.example", "--tone", "casual")
    agency("client", "add", "elm", "--name", "Elm Gardens", "--contact", "hi@elm.example")
    for site, client, tier, version in (
        ("acme", "acme", "shop", "1.2.4"),
        ("bolt", "bolt", "shop", "1.2.4"),
        ("bolt-shop", "bolt", "shop", "1.2.4"),
        ("corvid", "corvid", "info", "1.2.4"),
        ("elm", "elm", "info", "1.2.3"),
    ):
        agency("site", "add", site, "--client", client, "--tier", tier, "--url", f"https://{site}.example")
        _import(agency, site, version, auto_update="on" if site == "elm" else "off", offered="1.2.4")
    agency("vendor", "set", "tidy-forms", "--name", "Larkspur Software", "--word", "Larkspur")


def _two_clients_call(agency: Agency) -> None:
    first = agency.at("10:14")(
        *("incident", "open", "acme", "tidy", "form doesn't send since this morning", "--caller", "Maria")
    )
    assert (first["incident"], first["joined"], first["severity"]) == ("INC-1", False, "high")
    assert first["say"] == "I can see what's wrong and we're on it. You'll hear from us by 10:15."
    assert first["promise"]["due"] == "2026-11-23T11:15:00+01:00"
    assert [row["site"] for row in first["other_sites"]] == ["bolt", "bolt-shop", "corvid"]
    assert first["on_call"] == "Ana"
    second = agency.at("10:20")("incident", "open", "bolt", "tidy", "keine Anfragen seit gestern", "--heard", "mail")
    assert (second["incident"], second["joined"]) == ("INC-1", True)
    assert second["promise"]["due"] == "2026-11-23T10:35:00+01:00"


def _the_other_sites_are_looked_at(agency: Agency) -> None:
    agency.at("10:25")
    decided = agency("incident", "impact", "INC-1", "--set", "bolt-shop=affected", "--set", "corvid=affected")
    assert decided["sites"][0]["site"] == "elm"
    assert {row["site"]: row["state"] for row in decided["sites"] if row["state"]} == {
        "acme": "affected",
        "bolt": "affected",
        "bolt-shop": "affected",
        "corvid": "affected",
    }
    ranged = agency("incident", "impact", "INC-1", "--accept-range")
    assert ranged["range"]["affected"] == ">=1.2.4"
    held = agency("incident", "hold", "INC-1", "--reason", "forms do not send", "--until", "a release with our fix")
    assert [hold["versions"] for hold in held["holds"]] == [">=1.2.4"]


def _clients_are_told(agency: Agency) -> None:
    agency.at("10:27")
    drafts = agency("incident", "tell", "INC-1", code=3)["messages"]
    blocked = {m["client"]: [c["check"] for c in m["checks"] if not c["ok"]] for m in drafts}
    assert blocked == {"acme": [], "bolt": [], "corvid": ["blanks"]}
    assert {m["client"]: m["sites"] for m in drafts} == {
        "acme": ["acme"],
        "bolt": ["bolt", "bolt-shop"],
        "corvid": ["corvid"],
    }
    assert agency.server.mails == []
    agency(
        *("incident", "set", "INC-1", "--say", "effect=the contact form is not sending messages"),
        *("--say", "de:effect=das Kontaktformular verschickt keine Nachrichten"),
    )
    agency.server.greylist("buero@bolt.example")
    sent = agency.at("10:30").statuses("--next", "11:30", "--send", code=4)
    assert sent == {"acme": "sent", "bolt": "partly-sent", "corvid": "sent"}
    assert agency.at("10:32").statuses("--send") == {"acme": "sent", "bolt": "sent", "corvid": "sent"}
    assert agency.at("10:33").statuses("--send") == {"acme": "sent", "bolt": "sent", "corvid": "sent"}
    assert [mail.envelope_to for mail in agency.server.mails] == [
        ("maria@acme.example",),
        ("jo@bolt.example",),
        ("it@corvid.example",),
        ("buero@bolt.example",),
    ]


def _a_patched_build_helps(agency: Agency) -> str:
    agency.at("11:00")
    agency("fork", "create", "plugin/tidy-forms", "--from", _release(agency, "1.2.4"))
    patch = agency(
        *("patch", "import", "tidy-forms", EXAMPLES / "fix-nonce.patch", "--incident", "INC-1"),
        *("--title", "Accept the form from cached pages", "--why", "A page cache hands out old nonces."),
    )["patch"]
    build = agency("fork", "build", "tidy-forms", "--out", agency.folder / "builds")["build"]
    assert build == "1.2.4.0-p1"
    for site in ("acme", "bolt", "bolt-shop", "corvid"):
        _import(agency, site, build)
    agency("incident", "note", "INC-1", "found the cause, made the build", "--minutes", "40")
    agency("incident", "mitigate", "INC-1", "--all", "--how", "patched build")
    agency("incident", "set", "INC-1", "--say", "done=We have put in a repair of our own.")
    agency("incident", "set", "INC-1", "--say", "de:done=Wir haben eine eigene Reparatur eingebaut.")
    return str(patch)


def _a_broken_line_leaves_one_message_unknown(agency: Agency) -> None:
    agency.server.drop_after_data(arrived=True)
    sent = agency.at("11:20").statuses("--client", "acme", "--client", "bolt", "--next", "16:00", "--send", code=4)
    assert sent == {"acme": "unknown", "bolt": "sent"}
    arrived = len(agency.server.mails)
    assert agency.at("11:22").statuses("--client", "acme", "--send", code=4) == {"acme": "unknown"}
    assert len(agency.server.mails) == arrived, "what may have arrived is never sent again by itself"
    assert agency.at("11:25").statuses("--client", "acme", "--sent", "--at", "11:20") == {"acme": "sent"}


def _a_promise_is_broken(agency: Agency) -> None:
    """Corvid was to hear by 11:30, and everybody was busy."""
    due = agency.at("11:45")("today")["due"]
    assert (due[0]["client"], due[0]["state"], due[0]["minutes"]) == ("corvid", "overdue", -15)
    assert agency.at("11:50").statuses("--client", "corvid", "--next", "16:00", "--send") == {"corvid": "sent"}
    assert "corvid" not in [row["client"] for row in agency.at("11:51")("today")["due"] if row["state"] == "overdue"]


def _it_is_over(agency: Agency) -> None:
    agency.at("15:30")("incident", "resolve", "INC-1")
    assert agency.statuses("--send") == {"acme": "sent", "bolt": "sent", "corvid": "sent"}


def _it_comes_back(agency: Agency) -> None:
    """Somebody at Bolt's put the vendor's 1.2.4 over our build."""
    agency.at("24 09:30")
    imported = _import(agency, "bolt", "1.2.4")
    assert [row["incident"] for row in imported["reopened"]] == ["INC-1"]
    assert "reopened" not in _import(agency, "bolt", "1.2.4") or _import(agency, "bolt", "1.2.4")["reopened"] == []
    shown = agency("incident", "show", "INC-1")
    assert shown["status"] == "identified"
    assert [event["kind"] for event in shown["timeline"]].count("reopen") == 1
    assert agency.at("09:40").statuses("--client", "bolt", "--send") == {"bolt": "sent"}
    _import(agency, "bolt", "1.2.4.0-p1")
    agency.at("10:10")("incident", "mitigate", "INC-1", "bolt", "--how", "patched build put back")
    assert agency.statuses("--client", "bolt", "--next", "14:00", "--send") == {"bolt": "sent"}
    agency.at("13:30")("incident", "resolve", "INC-1")
    assert agency.statuses("--client", "bolt", "--send") == {"bolt": "sent"}


def _the_fix_ships(agency: Agency, patch: str) -> None:
    agency.at("27 09:00")
    agency("submission", "draft", "INC-1", "--via", "email", "--vendor-email", "support@larkspur.example", code=3)
    agency("incident", "close", "INC-1", code=3)
    agency("fork", "import", "tidy-forms", "--from", _release(agency, "1.3.0"))
    upgraded = agency("fork", "upgrade", "tidy-forms", "--to", "1.3.0")
    assert [(row["id"], row["verdict"]) for row in upgraded["patches"]] == [(patch, "landed")]
    holds = agency("incident", "hold", "INC-1")["holds"]
    assert [hold["versions"] for hold in holds if hold["lifted_at"] is None] == [">=1.2.4,<1.3.0"]
    for site in ("acme", "bolt", "bolt-shop", "corvid"):
        _import(agency, site, "1.3.0")


def _everybody_hears_the_end(agency: Agency) -> None:
    agency.at("27 11:00")
    agency("incident", "hold", "INC-1", "--lift")
    left = agency("incident", "close", "INC-1", code=3)["left"]
    assert [line.partition(" ")[0] for line in left] == ["SUB-1"]
    agency("incident", "close", "INC-1", "--anyway", "the vendor's release has it, so the draft is not needed")
    assert agency.statuses("--send") == {"acme": "sent", "bolt": "sent", "corvid": "sent"}
    agency.at("27 14:00")("client", "feedback", "corvid", "bad", "nobody called back in time", "--incident", "INC-1")
    assert [row["client"] for row in agency("today")["feedback"]] == ["corvid"]


def test_from_the_call_to_the_thank_you(agency):
    _the_agency_knows_its_clients(agency)
    _two_clients_call(agency)
    _the_other_sites_are_looked_at(agency)
    _clients_are_told(agency)
    patch = _a_patched_build_helps(agency)
    _a_broken_line_leaves_one_message_unknown(agency)
    _a_promise_is_broken(agency)
    _it_is_over(agency)
    _it_comes_back(agency)
    _the_fix_ships(agency, patch)
    _everybody_hears_the_end(agency)

    assert agency.server.doubles() == {}
    _mails_are_those_that_were_read(agency)
    shown = agency("incident", "show", "INC-1")
    assert shown["status"] == "closed"
    states = [(promise["client"], promise["state"]) for promise in shown["promises"]]
    assert [state for _, state in states].count("late") == 1
    assert ("corvid", "late") in states
    assert {state for _, state in states} == {"kept", "late"}
    hours = agency("incident", "hours", "INC-1", "--by", "client")["rows"]
    assert {row["client"]: row["minutes"] for row in hours} == {"acme": 14, "bolt": 13, "corvid": 13}


def _mails_are_those_that_were_read(agency: Agency) -> None:
    """One file a mail, in the order in which they arrived: whom it went to, its subject, its body."""
    arrived = [
        f"To: {', '.join(mail.envelope_to)}\nSubject: {mail['Subject']}\n\n{mail.get_content()}"
        for mail in agency.server.mails
    ]
    arrived = [text.replace("\r\n", "\n") for text in arrived]
    names = [f"{number:02}.txt" for number in range(1, len(arrived) + 1)]
    if os.environ.get("PLUGWATCH_TEST_WRITE_MAILS"):
        for name, text in zip(names, arrived, strict=True):
            (MAILS / name).write_text(text, encoding="utf-8")
    kept = sorted(MAILS.glob("*.txt"))
    assert [path.name for path in kept] == names
    for path, text in zip(kept, arrived, strict=True):
        assert text == path.read_text(encoding="utf-8"), path.name
    for mail in agency.server.mails:
        assert mail["From"] == f"Fernhill Web <{agency.server.user}>"
        assert mail.envelope_from == agency.server.user


def test_the_mails_of_one_client_are_one_thread(agency):
    _the_agency_knows_its_clients(agency)
    _two_clients_call(agency)
    agency.at("10:30").statuses("--send", "--client", "acme")
    agency("incident", "mitigate", "INC-1", "--all", "--how", "rolled back")
    agency.at("10:50").statuses("--send", "--client", "acme")

    first, second = agency.server.copies("maria@acme.example")
    assert first["In-Reply-To"] is None
    assert second["In-Reply-To"] == second["References"] == first["Message-ID"]
    assert first["Message-ID"].endswith("@agency.example>")

from __future__ import annotations

import webbrowser
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

BERLIN = ZoneInfo("Europe/Berlin")
MORNING = datetime(2026, 11, 23, 10, 0, tzinfo=BERLIN)
DECEMBER = datetime(2026, 12, 1, 9, 0, tzinfo=BERLIN)
CHECKS = ["language", "blanks", "next-update", "promise", "blame", "vendor", "other-client", "secrets"]


def test_a_running_month_says_what_is_under_way_and_names_nobodys_product(plugwatch, agency) -> None:
    ran = plugwatch("report", "client", "acme", "--month", "2026-11", "--format", "md")
    assert "You told us at 09:00: “the form does not send”. We answered at once." in ran.out
    assert "You will hear from us again on Monday, 23 November, by 10:00." in ran.out  # London
    assert "The month is not over yet." in ran.out
    assert "times are those of Europe/London" in ran.out
    for ours in ("tidy", "INC-", "bolt", "corvid", "Tidyworks"):
        assert ours.lower() not in ran.out.lower()


def test_the_month_is_by_default_the_last_full_one_and_in_the_clients_language(plugwatch, agency, clock) -> None:
    plugwatch("incident", "tell", "1", "--client", "bolt", "--next", "2026-12-02 09:00", "--via", "phone", "--sent")
    plugwatch("incident", "impact", "1", "--set", "bolt=mitigated")
    clock.append(DECEMBER)
    ran = plugwatch("report", "client", "bolt", "--format", "md")
    assert ran.out.startswith("# Deine Website im November 2026\n")
    assert "Du hast uns um 10:00 Uhr gesagt: „keine Anfragen seit gestern“." in ran.out
    assert "Seit dem 23.11.2026, 10:00 Uhr, geht es wieder" in ran.out
    assert "Du hörst am Mittwoch, den 2. Dezember, bis 9:00 Uhr wieder von uns." in ran.out


def test_what_cannot_be_said_yet_blocks_and_is_shown_as_a_draft(plugwatch, agency) -> None:
    ran = plugwatch("report", "client", "corvid", "--month", "2026-11", "--format", "md", "--out", "page.md", code=3)
    assert ran.out == "page.draft.md\n"
    assert not Path("page.md").exists()
    assert "(( fill in: what did not work, in the client's words ))" in Path("page.draft.md").read_text()
    assert "BLOCKED blanks: " in ran.err
    assert "BLOCKED next-update: " in ran.err
    assert 'plugwatch incident set INC-1 --say en:effect="…"' in ran.err
    assert "plugwatch incident tell INC-1 --client corvid --next TIME" in ran.err
    plugwatch("incident", "set", "1", "--say", "effect=messages from the contact form do not arrive")
    plugwatch("incident", "tell", "1", "--client", "corvid", "--next", "15:00", "--via", "phone", "--sent")
    ran = plugwatch("report", "client", "corvid", "--month", "2026-11", "--format", "md", "--out", "page.md")
    assert ran.out == "page.md\n"
    page = Path("page.md").read_text()
    assert (
        "This is what we saw: messages from the contact form do not arrive. We noticed it ourselves at 10:00." in page
    )
    assert "You will hear from us again on Monday, 23 November, by 15:00." in page


def test_a_promise_that_has_passed_blocks_until_the_client_has_heard(plugwatch, agency, clock) -> None:
    clock.append(DECEMBER)
    ran = plugwatch("report", "client", "acme", "--format", "md", code=3)
    assert "BLOCKED next-update" in ran.err
    assert ran.out.startswith("# Your website in November 2026\n")


@pytest.mark.parametrize(
    ("words", "check"),
    [
        ("the form is empty since the update of Tidy Forms", "vendor"),
        ("the developer has broken the form", "blame"),
        ("the form does not send, as on corvid.example", "other-client"),
    ],
)
def test_the_checks_of_messages_hold_for_the_page(plugwatch, agency, words, check) -> None:
    plugwatch("incident", "set", "1", "--say", f"effect={words}")
    ran = plugwatch("report", "client", "acme", "--month", "2026-11", code=3)
    assert f"BLOCKED {check}: " in ran.err
    assert ran.out.startswith("<!DOCTYPE html>\n")


def test_a_client_who_may_read_it_is_told_what_it_was_about(plugwatch, agency) -> None:
    plugwatch("client", "set", "acme", "--names-vendor")
    assert (
        "It was about tidy-forms." in plugwatch("report", "client", "acme", "--month", "2026-11", "--format", "md").out
    )
    plugwatch("incident", "set", "1", "--security")
    assert "tidy" not in plugwatch("report", "client", "acme", "--month", "2026-11", "--format", "md").out


def test_json_has_the_page_the_checks_and_the_numbers(plugwatch, agency) -> None:
    page = plugwatch("report", "client", "acme", "--month", "2026-11", "--format", "md", "--json").json
    assert (page["client"], page["month"], page["language"], page["format"], page["file"]) == (
        *("acme", "2026-11", "en", "md"),
        None,
    )
    assert page["title"] == "Your website in November 2026"
    assert page["body"].startswith("# Your website in November 2026\n")
    assert [check["check"] for check in page["checks"]] == CHECKS
    assert all(check["ok"] for check in page["checks"])
    (one,) = page["numbers"]["incidents"]
    assert (one["incident"], one["first_response"], one["open"]) == ("INC-1", {"seconds": 0.0, "over": True}, True)
    assert page["numbers"]["watched"] == {"sites": 1, "components": 1, "lists": 1}


def test_money_and_hours_are_no_matter_of_this_page(plugwatch, agency) -> None:
    toml = Path("plugwatch.toml")
    toml.write_text(toml.read_text() + "hourly_rate = 137.5\n")
    plugwatch("incident", "note", "1", "looked at it", "--minutes", "45")
    body = plugwatch("report", "client", "acme", "--month", "2026-11").out
    for never in ("137", "EUR", "€", "45 min"):
        assert never not in body


def test_html_on_a_terminal_becomes_a_file_of_the_workspace(plugwatch, agency, monkeypatch) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    ran = plugwatch("report", "client", "acme", "--month", "2026-11")
    path = agency / "reports" / "acme-2026-11.html"
    assert ran.out.strip() == str(path)
    assert path.read_text().startswith("<!DOCTYPE html>\n")
    assert [one.name for one in path.parent.iterdir()] == [path.name]
    path.unlink()
    assert plugwatch("report", "client", "acme", "--month", "2026-11", "--format", "md").out.startswith("# Your")
    assert plugwatch("report", "client", "acme", "--month", "2026-11", "--json").json["file"] is None
    assert list(path.parent.iterdir()) == []


def test_open_shows_the_file_in_the_browser(plugwatch, agency, monkeypatch) -> None:
    opened: list[str] = []
    monkeypatch.setattr(webbrowser, "open", lambda address: bool(opened.append(address)) or True)
    plugwatch("report", "client", "acme", "--month", "2026-11", "--open", "--out", "a page.html")
    assert opened == [(agency / "a page.html").as_uri()]
    monkeypatch.setattr(webbrowser, "open", lambda address: False)
    ran = plugwatch("report", "client", "acme", "--month", "2026-11", "--open")
    assert "no browser could be opened" in ran.err


def test_a_language_without_texts_blocks_and_says_what_to_write(plugwatch, agency) -> None:
    plugwatch("client", "set", "acme", "--language", "fr")
    ran = plugwatch("report", "client", "acme", "--month", "2026-11", code=3)
    assert ran.out == ""
    assert "write templates/report/client/fr/month.html.j2" in ran.err
    plugwatch("client", "set", "acme", "--language", "en-GB")
    assert plugwatch("report", "client", "acme", "--month", "2026-11", "--json").json["language"] == "en"


def test_a_slip_in_a_template_of_the_workspace_blocks_and_is_named(plugwatch, agency) -> None:
    own = agency / "templates" / "report" / "client" / "en"
    own.mkdir(parents=True)
    (own / "_end.j2").write_text("{{ no.such }}\n")
    ran = plugwatch("report", "client", "acme", "--month", "2026-11", code=3)
    assert "_end.j2, line 1" in ran.err


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (("acme", "--month", "2026-13"), "'2026-13' is no month"),
        (("acme", "--month", "2027-01"), "2027-01 has not begun; choose a month up to 2026-11"),
        (("nobody",), "nobody"),
    ],
)
def test_what_cannot_be_made_is_said_in_a_sentence(plugwatch, agency, options, reason) -> None:
    ran = plugwatch("report", "client", *options, code=1)
    assert reason in ran.err
    assert len(ran.err.strip().splitlines()) == 1


def test_a_file_that_cannot_be_written_is_named(plugwatch, agency) -> None:
    Path("there").write_text("a file, no folder")
    ran = plugwatch("report", "client", "acme", "--month", "2026-11", "--out", "there/page.html", code=1)
    assert "there/page.html cannot be written" in ran.err


def test_a_client_who_was_forgotten_gets_no_page(plugwatch, agency) -> None:
    plugwatch("client", "forget", "corvid", "--yes", "--confirm", "corvid")
    (slug,) = (one["client"] for one in plugwatch("client", "list", "--json").json if one["name"] == "(forgotten)")
    assert "was forgotten" in plugwatch("report", "client", slug, code=1).err


@pytest.mark.parametrize(
    ("line", "reason"), [('accent = "red"', "is no colour"), ('logo = "missing.png"', "missing.png cannot be read")]
)
def test_a_look_that_cannot_be_is_said(plugwatch, agency, line, reason) -> None:
    toml = Path("plugwatch.toml")
    toml.write_text(f"{toml.read_text()}\n[report]\n{line}\n")
    assert reason in plugwatch("report", "client", "acme", code=1).err


@pytest.mark.parametrize(
    ("client", "out"),
    [("acme", "plugwatch.db"), ("acme", "plugwatch.toml"), ("acme", ""), ("corvid", ""), ("acme", "/dev/null")],
)
def test_nothing_but_a_page_gives_way_to_a_page(plugwatch, agency, client, out) -> None:
    before = {name: Path(name).read_bytes() for name in ("plugwatch.db", "plugwatch.toml")}
    ran = plugwatch("report", "client", client, "--month", "2026-11", "--out", out, code=1)
    assert "is there and is no page; choose another file with --out" in ran.err
    assert {name: Path(name).read_bytes() for name in before} == before
    assert Path("/dev/null").is_char_device()


def test_a_page_is_written_again_where_it_was(plugwatch, agency) -> None:
    Path("page.html").write_text("old")
    plugwatch("report", "client", "corvid", "--month", "2026-11", "--out", "page.html", code=3)
    assert Path("page.html").read_text() == "old"  # a draft has another name
    plugwatch("report", "client", "acme", "--month", "2026-11", "--out", "page.html")
    assert Path("page.html").read_text().startswith("<!DOCTYPE html>")


def test_a_month_before_the_client_came_is_no_quiet_one(plugwatch, agency) -> None:
    reason = plugwatch("report", "client", "acme", "--month", "1970-01", code=1).err
    assert "nothing is known of 1970-01; choose a later month with --month" in reason

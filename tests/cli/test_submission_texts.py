"""Mistakes and second thoughts of whoever writes to vendors: each gets one sentence, and nothing is lost."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from upstreaming import Agency

PAGE = "https://wordpress.org/support/topic"


@pytest.fixture(scope="module")
def begun(tmp_path_factory) -> dict[str, Path]:
    """The workspace of the first test, before it did anything, by the id of its patch."""
    return {}


@pytest.fixture
def agency(begun, tmp_path, tmp_path_factory, monkeypatch, capsys) -> Agency:
    agency = Agency(tmp_path / "agency", capsys, monkeypatch)
    if begun:
        [(agency.patch, made)] = begun.items()
        shutil.copytree(made, agency.folder)
        return agency
    agency.begin()
    begun[agency.patch] = shutil.copytree(agency.folder, tmp_path_factory.mktemp("begun") / "agency")
    return agency


def draft(agency: Agency, road: str, *args: object, code: int = 0):
    return agency("submission", "draft", "INC-1", "--via", road, "--offline", *args, code=code)


def editor(agency: Agency, monkeypatch: pytest.MonkeyPatch, line: str) -> None:
    script = agency.folder / "editor"
    script.write_text(f"#!/bin/sh\n{line}\n", encoding="utf-8")
    script.chmod(0o755)
    monkeypatch.setenv("EDITOR", str(script))


def finding(document, name: str):
    return next(check for check in document["checks"] if check["check"] == name)


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (': > "$1"', "the text is empty, so nothing was changed"),
        (r'printf "Subject: x\n\n  \n" > "$1"', "the text is empty, so nothing was changed"),
        (r'printf "Subject:\n\nHello\n" > "$1"', "there is no title after 'Subject:', so nothing was changed"),
        (r'printf "Subject: x\n\n\377\376" > "$1"', "no UTF-8 text, so nothing was changed"),
        ("exit 1", "set EDITOR to an editor that works"),
    ],
)
def test_what_an_editor_leaves_is_a_text_or_one_sentence(agency, monkeypatch, line, why):
    before = draft(agency, "ticket")
    editor(agency, monkeypatch, line)

    assert why in agency.say("submission", "edit", "SUB-1", code=1)
    assert agency("submission", "show", "SUB-1")["body"] == before["body"]


def test_words_without_the_line_of_the_title_are_not_lost(agency, monkeypatch):
    title = draft(agency, "ticket")["title"]
    editor(agency, monkeypatch, 'echo "An hour of work." > "$1"')

    changed = agency("submission", "edit", "SUB-1")

    assert (changed["title"], changed["body"]) == (title, "An hour of work.\n")


def test_without_an_editor_a_text_comes_from_a_file(agency, tmp_path):
    draft(agency, "ticket")
    assert "submission edit SUB-1 --file FILE" in agency.say("submission", "edit", "SUB-1", code=1)
    assert "leave --edit out" in agency.say("submission", "draft", "INC-1", "--via", "email", "--edit", code=1)
    assert len(agency("submission", "list")) == 1

    written = tmp_path / "mine.txt"
    written.write_bytes("Subject: Zwölf 🐦\r\n\r\nGrüße\r\n".encode())
    changed = agency("submission", "edit", "SUB-1", "--file", written)
    assert (changed["title"], changed["body"]) == ("Zwölf 🐦", "Grüße\n")
    assert Path(changed["files"][0]["path"]).read_text(encoding="utf-8") == "Grüße\n"

    assert "cannot be read" in agency.say("submission", "edit", "SUB-1", "--file", tmp_path, code=1)
    written.write_bytes(b"\xff\xfe")
    assert "no UTF-8 text" in agency.say("submission", "edit", "SUB-1", "--file", written, code=1)
    assert "give one of them" in agency.say("submission", "edit", "SUB-1", "--file", written, "--redact", code=2)


def test_private_words_are_redacted_by_the_command_that_is_named(agency, tmp_path):
    draft(agency, "ticket")
    written = tmp_path / "mine.txt"
    written.write_text("Ada Lovelace saw it at www.brightside.example.", encoding="utf-8")

    assert "plugwatch submission edit SUB-1 --redact" in agency.say(
        "submission", "edit", "SUB-1", "--file", written, code=3
    )
    assert agency("submission", "edit", "SUB-1", "--redact")["body"] == "a client saw it at example.com."


def test_an_address_that_is_told_later_is_where_the_draft_goes(agency, monkeypatch):
    draft(agency, "email", code=3)
    agency("vendor", "set", "tidy-forms", "--email", "support@larkspur.example")
    editor(agency, monkeypatch, 'echo "Thank you." >> "$1"')

    assert agency("submission", "edit", "SUB-1")["target"] == "support@larkspur.example"


def test_what_is_withdrawn_is_not_said_to_have_been_sent(agency):
    draft(agency, "ticket")
    agency("submission", "mark", "SUB-1", "withdrawn")

    assert "SUB-1 is withdrawn, so nothing was sent" in agency.say("submission", "send", "SUB-1")
    assert "SUB-1 was laid aside" in agency.say("submission", "edit", "SUB-1", code=1)
    assert "SUB-1 has not been sent" in agency.say("submission", "reply", "SUB-1", "--asks", "other", code=1)


@pytest.mark.parametrize("road", ["forum", "github-pr", "ticket"])
def test_what_went_to_a_vendor_is_not_written_to_them_again(agency, road):
    draft(agency, road)
    agency("submission", "mark", "SUB-1", "sent")

    refused = draft(agency, road, code=1)
    assert "go on there with 'plugwatch submission follow-up SUB-1'" in refused
    agency("submission", "follow-up", "SUB-1")
    assert len(agency("submission", "list")) == 1

    agency("submission", "mark", "SUB-1", "withdrawn")
    assert draft(agency, road)["submission"] == "SUB-2"


def test_a_merged_incident_is_the_one_it_was_merged_into(agency):
    draft(agency, "ticket")
    agency("submission", "mark", "SUB-1", "sent")
    agency("incident", "open", "northgate", "tidy", "it is broken here, too", "--new")
    agency("incident", "merge", "INC-1", "INC-2")

    assert "SUB-1 went by ticket" in draft(agency, "ticket", code=1)
    assert draft(agency, "forum")["incident"] == "INC-2"


def test_a_patch_that_was_dropped_does_not_leave(agency):
    draft(agency, "ticket")
    agency("patch", "drop", agency.patch, "--why", "Not ours.")

    refused = agency("submission", "send", "SUB-1", code=3)
    assert "was dropped since" in finding(refused, "files")["detail"]


def test_what_was_sent_is_talked_about_after_its_patch_was_dropped(agency):
    draft(agency, "ticket")
    agency("submission", "mark", "SUB-1", "sent")
    agency("patch", "drop", agency.patch, "--why", "Not ours.")

    assert agency("submission", "reply", "SUB-1", "--asks", "other", "--text", "It is gone.")["kind"] == "reply"
    assert agency("submission", "thank", "SUB-1", "--in", "1.2.5")["kind"] == "thanks"


def test_a_patch_that_was_reworked_is_written_anew(agency):
    made = draft(agency, "ticket")
    diff = Path(made["files"][1]["path"]).read_text(encoding="utf-8")
    reworked = agency.folder / "reworked.patch"
    reworked.write_text(diff.replace("A page cache keeps the form", "A cache keeps the form"), encoding="utf-8")
    agency("patch", "rework", agency.patch, reworked)

    assert "write it anew" in finding(agency("submission", "send", "SUB-1", code=3), "files")["detail"]
    draft(agency, "ticket")
    assert finding(agency("submission", "send", "SUB-2", code=3), "files")["ok"]


def test_a_text_that_was_changed_in_its_file_is_taken_over_first(agency):
    body = Path(draft(agency, "ticket")["files"][0]["path"])
    body.write_text("My own words.\n", encoding="utf-8")

    refused = finding(agency("submission", "send", "SUB-1", code=3), "files")
    assert refused["detail"].endswith(f"take it over with 'plugwatch submission edit SUB-1 --file {body}'")
    assert agency("submission", "edit", "SUB-1", "--file", body)["body"] == "My own words.\n"
    assert finding(agency("submission", "send", "SUB-1", code=3), "files")["ok"]


@pytest.mark.parametrize(
    ("road", "told", "why"),
    [
        ("github-pr", (), "vendor set plugin/tidy-forms --repository OWNER/NAME"),
        ("github-issue", ("--repository", "larkspur/tidy-forms"), "PLUGWATCH_GITHUB_TOKEN"),
        ("trac", (), "PLUGWATCH_TRAC_USER"),
        ("ticket", (), "--desk URL"),
        ("chat", ("--chat", "larkspur"), "a room called 'larkspur' in PLUGWATCH_VENDOR_CHAT_URLS"),
        ("email", ("--email", "support@larkspur.example"), "[smtp] in plugwatch.toml"),
    ],
)
def test_send_says_why_a_person_has_to_post(agency, road, told, why):
    if told:
        agency("vendor", "set", "tidy-forms", *told)
    draft(agency, road)

    assert why in agency.say("submission", "send", "SUB-1", code=3)


def test_a_matter_of_security_names_the_road_it_takes(agency):
    agency("incident", "set", "INC-1", "--security")

    assert "next: plugwatch submission draft INC-1 --via security" in agency.say(
        "submission", "draft", "INC-1", "--via", "forum", code=3
    )
    assert "holds no text" in agency.say("submission", "edit", "SUB-1", code=1)
    assert draft(agency, "security")["body"]


def test_a_road_that_somebody_has_closed_is_named(agency):
    agency("vendor", "set", "tidy-forms", "--never", "chat", "--why", "They hate it.")

    assert "chat is not a road to take: " in agency.say("submission", "draft", "INC-1", "--via", "chat")
    assert "not a road to take" not in agency.say("submission", "draft", "INC-1", "--via", "ticket")


def test_a_folder_that_cannot_be_written_is_one_sentence(agency, tmp_path):
    (tmp_path / "file").write_text("", encoding="utf-8")

    assert "take another folder with" in draft(agency, "trac", "--out", tmp_path / "file" / "x", code=1)
    assert agency("submission", "list") == []


@pytest.mark.parametrize("road", ["github-pr", "github-issue", "trac", "forum"])
def test_an_answer_is_posted_where_the_first_text_is(agency, road):
    agency("vendor", "set", "tidy-forms", "--repository", "larkspur/tidy-forms")
    places = {"github-pr": "pull/7", "github-issue": "issues/7", "trac": "ticket/7", "forum": "topic/seven/"}
    bases = {"trac": "https://plugins.trac.wordpress.org", "forum": "https://wordpress.org/support"}
    url = f"{bases.get(road, 'https://github.com/larkspur/tidy-forms')}/{places[road]}"
    draft(agency, road)
    agency("submission", "mark", "SUB-1", "sent", "--url", url)

    assert agency("submission", "reply", "SUB-1", "--asks", "other", "--text", "It is so.")["url"] == url


def test_both_vendors_of_a_conflict_hear_of_each_other(agency):
    agency("incident", "set", "INC-1", "--with", "akismet")
    other = draft(agency, "forum", "--to", "akismet", "--why", "They clash.")
    assert other["title"] == "It says that the session has expired", "not our own 'plugin/tidy-forms 1.2.4 breaks'"
    draft(agency, "forum")
    agency("submission", "mark", "SUB-1", "sent", "--url", f"{PAGE}/one/")

    said = agency.say("submission", "mark", "SUB-2", "sent", "--url", f"{PAGE}/two/")
    assert f"plugwatch submission reply SUB-1 --asks other --text 'See also {PAGE}/two/'" in said
    assert "INC-1 has no patch on plugin/akismet" in draft(agency, "github-pr", "--to", "akismet", code=1)
    assert "--to chooses among the components" in agency.say(
        "submission", "draft", agency.patch, "--via", "forum", "--to", "akismet", code=2
    )


def test_wordpress_itself_is_named_once_and_has_a_forum(agency):
    agency("incident", "open", "brightside", "everything is slow")
    agency("incident", "set", "INC-2", "--component", "core")

    made = agency("submission", "draft", "INC-2", "--via", "forum", "--why", "It waits.", code=3)
    assert made["body"].count("WordPress: 6.9.1") == 1
    assert made["target"].endswith("/forum/how-to-and-troubleshooting/")


def test_a_long_address_is_cut_with_the_command_that_opens_it(agency):
    url = draft(agency, "trac")["url"]

    said = agency.say("submission", "show", "SUB-1")
    assert url not in said
    assert "'plugwatch submission send SUB-1 --open'" in said

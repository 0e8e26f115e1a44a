from __future__ import annotations

import email
import email.policy
import re
import shutil
from pathlib import Path

import pytest

ROADS = ["github-pr", "github-issue", "trac", "forum", "email", "ticket", "chat", "social", "security"]
DOCUMENT = {
    "submission": re.compile(r"SUB-[1-9]\d*"),
    "channel": set(ROADS),
    "status": {"draft"},
    "title": str,
    "body": str,
    "files": [{"name": str, "path": re.compile("/.+")}],
    "url": (str, None),
    "checks": [{"check": str, "ok": bool, "detail": str}],
}
VENDOR = ("--vendor-email", "support@larkspur.example", "--vendor-url", "https://larkspur.example/tidy-forms/")


@pytest.fixture
def incident(agencies, workspace, sites):
    """INC-1 with everything that a vendor wants to know, and a patch."""
    examples = sites.parent
    told = ("--steps", "Open the cached page.\nPress Send.", "--trigger", "update", "--expected", "It sends.")
    fix = ("--title", "Accept the form from cached pages", "--why", "A page cache hands out old nonces.")
    made = agencies(
        ("site", "set", "shop", "--wordpress", "6.9.1"),
        ("incident", "open", "shop", "tidy", "Brightside's form does not send", "--caller", "Ada Lovelace"),
        ("incident", "set", "1", *told, "--actual", "It says that the session has expired."),
        ("fork", "create", "plugin/tidy-forms", "--from", examples / "tidy-forms" / "1.2.4"),
        ("patch", "import", "tidy-forms", examples / "fix-nonce.patch", "--incident", "INC-1", *fix),
        sites=True,
    )
    shutil.copytree(made, workspace, dirs_exist_ok=True)
    return "INC-1"


@pytest.mark.parametrize("road", ROADS)
def test_a_draft_for_every_road(plugwatch, incident, conforms, road):
    draft = plugwatch("submission", "draft", incident, "--via", road, *VENDOR, "--json").json

    conforms(draft, DOCUMENT)
    assert (draft["submission"], draft["channel"], draft["incident"]) == ("SUB-1", road, "INC-1")
    assert [check for check in draft["checks"] if not check["ok"]] == []
    told = "Accept the form from cached pages" if road == "social" else "A page cache hands out old nonces."
    assert told in draft["body"].replace("\n", " ")
    for file in draft["files"]:
        assert Path(file["path"]).read_bytes()
    texts = [draft["title"], draft["body"], *(Path(f["path"]).read_text(encoding="utf-8") for f in draft["files"])]
    for text in texts:
        for secret in ("Brightside", "brightside", "Ada", "Lovelace", "northgate", "Plugwatch", "plugwatch"):
            assert secret not in text
    assert plugwatch("submission", "show", "sub-1", "--json").json.items() >= draft.items()


def test_the_patch_in_each_roads_form(plugwatch, incident):
    def names(road: str) -> list[str]:
        files = plugwatch("submission", "draft", incident, "--via", road, *VENDOR, "--json").json["files"]
        return sorted(Path(file["name"]).suffix for file in files)

    assert names("github-pr") == [".md", ".patch"]
    assert names("trac") == [".diff", ".txt"]
    assert names("forum") == [".diff", ".html"]
    assert names("email") == [".eml", ".patch", ".txt"]


def test_the_mail_is_a_mail(plugwatch, incident):
    draft = plugwatch("submission", "draft", incident, "--via", "email", *VENDOR, "--json").json

    [path] = [file["path"] for file in draft["files"] if file["name"].endswith(".eml")]
    mail = email.message_from_bytes(Path(path).read_bytes(), policy=email.policy.default)
    assert mail["To"] == "support@larkspur.example"
    assert "dev@fernhill.example" in mail["From"]
    assert mail["Subject"] == draft["title"]
    assert [part.get_filename() for part in mail.iter_attachments()]


def test_a_draft_about_a_patch_is_the_same_as_about_its_incident(plugwatch, incident):
    [patch] = plugwatch("incident", "show", incident, "--json").json["patches"]

    about_patch = plugwatch("submission", "draft", patch["patch"], "--via", "trac", "--json").json

    assert (about_patch["incident"], about_patch["patch"]) == ("INC-1", patch["patch"])
    assert about_patch["body"] == plugwatch("submission", "draft", "1", "--via", "trac", "--json").json["body"]


def test_a_blocked_draft_is_kept_printed_and_says_how_to_mend_it(plugwatch, sites):
    plugwatch("incident", "open", "dental", "tidy", "no mails")

    blocked = plugwatch("submission", "draft", "1", "--via", "forum", code=3)
    assert "BLOCKED blanks" in blocked.err
    assert "plugwatch incident set INC-1 --steps TEXT" in blocked.err
    assert "plugwatch site set SITE --wordpress V" in blocked.err
    assert "fill in" in blocked.out

    document = plugwatch("submission", "draft", "1", "--via", "forum", "--json", code=3).json
    assert [row["submission"] for row in plugwatch("submission", "list", "--json").json] == ["SUB-2", "SUB-1"]
    assert plugwatch("submission", "show", "2", "--json").json.items() >= document.items()
    assert [row["status"] for row in plugwatch("submission", "list", "--json").json] == ["draft", "withdrawn"]


def test_the_first_bad_version_is_the_lower_end_of_what_is_affected(plugwatch, sites, tmp_path):
    for version in ("1.2.2", "1.2.4"):
        listed = tmp_path / f"{version}.json"
        listed.write_text(f'[{{"name": "tidy-forms", "status": "active", "version": "{version}"}}]', encoding="utf-8")
        plugwatch("site", "import", "shop", listed, "--partial")
    plugwatch("incident", "open", "shop", "tidy", "no mails")

    def told(road: str) -> list[str]:
        body = plugwatch("submission", "draft", "1", "--via", road, "--json", code=3).json["body"]
        return [line.strip("*- ") for line in body.splitlines() if "ersion with" in line]

    good = "Last version without it: 1.2.2"
    assert told("github-issue") == ["First version with the problem: 1.2.4", good]
    plugwatch("incident", "set", "1", "--affected", ">=1.2.3,<1.3")
    assert told("github-issue") == ["First version with the problem: 1.2.3", good]


def test_what_was_said_to_mend_it_mends_it(plugwatch, sites):
    plugwatch("incident", "open", "shop", "tidy", "no mails")
    plugwatch("site", "set", "shop", "--wordpress", "6.9.1", "--php", "8.3.1")
    plugwatch("incident", "set", "1", "--steps", "Send it.", "--expected", "sent", "--actual", "not sent")

    draft = plugwatch("submission", "draft", "1", "--via", "forum", "--why", "The nonce is cached.", "--json").json

    assert all(check["ok"] for check in draft["checks"])
    assert "The nonce is cached." in draft["body"]


@pytest.mark.parametrize("road", ["github-pr", "github-issue", "trac", "forum"])
def test_a_matter_of_security_takes_no_public_road(plugwatch, incident, road):
    plugwatch("incident", "set", "1", "--security")

    draft = plugwatch("submission", "draft", incident, "--via", road, "--json", code=3).json

    assert (draft["body"], draft["files"]) == ("", [])
    assert not {check["check"]: check["ok"] for check in draft["checks"]}["security"]


@pytest.mark.parametrize("leak", ["Brightside Bikes", "Ada Lovelace", "shop.brightside.example", "northgate-dental"])
def test_a_client_in_a_draft_blocks_it(plugwatch, incident, leak):
    plugwatch("site", "set", "shop", "--url", "https://shop.brightside.example")
    plugwatch("incident", "set", "1", "--steps", f"Open the page of {leak}.")

    draft = plugwatch("submission", "draft", incident, "--via", "forum", "--json", code=3).json

    assert not {check["check"]: check["ok"] for check in draft["checks"]}["privacy"]


def test_files_go_where_out_says(plugwatch, incident, workspace):
    draft = plugwatch("submission", "draft", incident, "--via", "trac", "--out", "to-send", "--json").json

    assert {Path(file["path"]).parent for file in draft["files"]} == {workspace / "to-send"}


@pytest.mark.parametrize(
    ("args", "code", "why"),
    [
        (("draft", "9", "--via", "forum"), 1, "there is no incident '9'"),
        (("draft", "pw-nonsense", "--via", "forum"), 1, "pw-nonsense"),
        (("draft", "1"), 2, "Missing option '--via'"),
        (("draft", "1", "--via", "pigeon"), 2, "'pigeon' is not one of 'github-pr'"),
        (("draft", "1", "--via", "forum"), 1, "the cause is not known yet; set it with 'plugwatch incident set INC-1"),
        (("show", "9"), 1, "there is no submission '9'"),
        (("show", "x"), 1, "there is no submission 'x'"),
    ],
)
def test_what_cannot_be_drafted(plugwatch, sites, args, code, why):
    plugwatch("incident", "open", "shop", "something is wrong")

    refused = plugwatch("submission", *args, "--json", code=code)

    assert refused.out == ""
    assert why in refused.err
    assert plugwatch("submission", "list", "--json").json == []


@pytest.mark.parametrize(
    ("option", "value", "why"),
    [
        ("--vendor-email", "nobody", "'nobody' is not an e-mail address"),
        ("--vendor-email", "a@b.example\nBcc: c@d.example", "is not an e-mail address"),
        ("--vendor-url", "javascript:alert(1)", "is not the address of a site"),
        ("--repository", "a/../b", "'a/../b' is not a repository on GitHub; write OWNER/NAME"),
        ("--repository", "https://github.com/a/b", "is not a repository on GitHub"),
    ],
)
def test_what_can_be_no_address_of_a_vendor(plugwatch, incident, option, value, why):
    assert why in plugwatch("submission", "draft", incident, "--via", "github-pr", option, value, code=1).err


def test_to_writes_to_the_vendor_of_another_component_that_takes_part(plugwatch, incident):
    plugwatch("incident", "set", "1", "--with", "woocommerce")
    command = ("submission", "draft", incident, "--via", "forum", "--why", "They clash.")

    draft = plugwatch(*command, "--to", "woocommerce", "--json").json

    assert (draft["component"], draft["patch"]) == ("plugin/woocommerce", None)
    assert "WooCommerce: 10.7.0" in draft["body"]
    assert "Tidy Forms" in draft["body"]
    refused = plugwatch(*command, "--to", "akismet", code=1)
    assert "plugin/akismet takes no part in INC-1; add it with 'plugwatch incident set INC-1 --with" in refused.err


def test_a_title_of_ours_is_not_sent_to_a_vendor(plugwatch, sites):
    plugwatch("incident", "open", "shop", "something is wrong")
    plugwatch("incident", "set", "1", "--component", "tidy")
    command = ("submission", "draft", "1", "--via", "trac", "--why", "It is old.", "--json")
    blocked = {check["check"]: check["detail"] for check in plugwatch(*command, code=3).json["checks"]}
    assert "title" in blocked["blanks"]

    plugwatch("incident", "set", "1", "--actual", "The session has expired.\nNothing is sent.")
    assert plugwatch(*command, code=3).json["title"] == "The session has expired"

    plugwatch("incident", "set", "1", "--title", "Form refuses cached pages")
    assert plugwatch(*command, code=3).json["title"] == "Form refuses cached pages"


def test_an_incident_without_a_patch_has_no_pull_request(plugwatch, sites):
    plugwatch("incident", "open", "shop", "tidy", "broken")

    assert "INC-1 has no patch" in plugwatch("submission", "draft", "1", "--via", "github-pr", code=1).err


def test_no_submissions_yet(plugwatch, workspace):
    assert "plugwatch submission draft" in plugwatch("submission", "list").err

"""Which lines of a changelog speak of a fault in security, for which versions, and which only have the words."""

from __future__ import annotations

from datetime import date

import pytest

from plugwatch.model.component import Component
from plugwatch.model.directory import CLOSED, OPEN, UNKNOWN, DirectoryEntry
from plugwatch.model.security.signs import changelog_marks, closed_mark, is_changelog, is_sign

TIDY = Component("plugin", "tidy-forms")
SIGNS = (
    "* Security: escape the label of a field",
    "* Security - the export asks for a nonce",
    "[Security] Uploads are checked",
    "- **Security** fix: uploads are checked",
    "Security fix.",
    "This is a security release; update at once.",
    "Fixed a security issue in the upload of files",
    "Fixes several minor security issues",
    "Fix: stored XSS in the form's title (thanks to a reader)",
    "Fixed cross-site scripting on the settings screen",
    "Prevent CSRF when an entry is deleted",
    "SQL injection in the search of entries",
    "Fixes CVE-2026-12345",
    "Updated jQuery because of CVE-2020-11022",
    "Patched a vulnerability that let editors read files",
    "Vulnerable library replaced",
    "Fixed a path traversal in the download of attachments",
    "Fix privilege escalation through the role of a new user",
    "Fixed PHP object injection in the import",
    "Missing nonce check added to the export",
    "Added capability checks to the REST routes",
    "Fix: missing permission check when a form is copied",
    "Verify the nonce before a form is deleted",
    "Security hardening",
    "Improved security of the upload",
    "Harden the security of the entries' screen",
    "Security improvements",
    "Prevented unauthorized access to entries",
    "Fixed: vulnerability reported by a reader",
)
NO_SIGNS = (
    "* New: a Security tab in the settings",
    "Security tab: the labels are in line again",
    "Fixed the layout of the security tab",
    "Fix: security image is shown on iOS again",
    "Fixed the label of the security question",
    "Compatible with Plain Security 4",
    "New field: social security number",
    "Works with a Content-Security-Policy",
    "Added an option for the X-XSS-Protection header",
    "The scanner detects XSS and SQL injection in uploads",
    "Firewall rules against SQL injection",
    "Vulnerability scan runs twice a day",
    "Notifies you of vulnerable plugins by mail",
    "There are no security fixes in this release",
    "No known vulnerabilities",
    "The nonce expires later",
    "Nonce lifetime is an option",
    "New capability for editors: manage_forms",
    "The capability of shop managers is a setting",
    "Permissions are shown in the list",
    "Fixed: forms do not send in Safari",
    "Added: secure by default is the default",
    "Invulnerable to slow hosts",
    "Checks whether the file is there",
    "Fix: passwords may hold blanks",
)


@pytest.mark.parametrize("line", SIGNS)
def test_a_line_about_a_fault_in_security_is_a_sign(line: str) -> None:
    assert is_sign(line)


@pytest.mark.parametrize("line", NO_SIGNS)
def test_a_line_that_only_has_such_words_is_none(line: str) -> None:
    assert not is_sign(line)


README = """=== Tidy Forms ===
Stable tag: 1.4.0

== Description ==
Security fix: this is not a changelog.
= 1.3.5 =
Neither is this.

== Changelog ==

= 1.4.0 - 2026-03-01 =
* Forms, tidier

= 1.3.1 =
* Faster
* Fixed a stored XSS in the title

= 1.3.0 =
* Security: uploads are checked

== Frequently Asked Questions ==
Is it safe? There was a vulnerability once.
"""


def _found(text: str, name: str = "changelog.txt", after: str = "1.2.9", to: str = "1.4.0") -> list[tuple[str, str]]:
    return [(mark.key, mark.title) for mark in changelog_marks(TIDY, {name: text}, after=after, to=to)]


def test_a_readme_tells_of_the_versions_after_the_base_in_its_changelog_alone() -> None:
    assert _found(README, "readme.txt") == [
        ("1.3.0", "Security: uploads are checked"),
        ("1.3.1", "Fixed a stored XSS in the title"),
    ]
    assert _found(README, "readme.txt", after="1.3.0", to="1.3.1") == [("1.3.1", "Fixed a stored XSS in the title")]
    assert _found(README, "readme.txt", after="1.3.1") == []
    [mark] = changelog_marks(TIDY, {"readme.txt": README}, after="1.3.0", to="1.4.0")
    assert (mark.sign, mark.affected, mark.fixed_in, mark.url) == ("changelog", None, "1.3.1", None)


@pytest.mark.parametrize(
    "heading",
    [
        "= 1.3.0 =",
        "= v1.3.0 =",
        "= Version 1.3.0 (2026-01-02) =",
        "### 1.3.0",
        "## [1.3.0] - 2026-01-02",
        "**1.3.0**",
        "1.3.0",
        "1.3.0:",
        "Version 1.3.0 - 2 January 2026",
        "2026-01-02 - version 1.3.0",
        "= 1.3.0 2026-01-02 =",
        "2026.01.02 - 1.3.0",
    ],
)
def test_versions_are_written_in_many_ways(heading: str) -> None:
    text = f"*** Changelog ***\n\n{heading}\n* Fix: open redirect after the login\n\n= 1.2.9 =\n* Fixed CSRF\n"
    assert _found(text) == [("1.3.0", "Fix: open redirect after the login")]


def test_a_line_may_hold_version_and_text() -> None:
    assert _found("1.3.0 - Security fix\n1.2.8 - Fixed an XSS\n") == [("1.3.0", "Security fix")]
    assert _found("* 1.3.0: fixed an SQL injection\n* 1.2.9: CSRF\n") == [("1.3.0", "fixed an SQL injection")]


def test_versions_of_other_things_in_a_line_start_no_entry() -> None:
    assert _found("= 1.2.9 =\n* Needs WordPress 6.0\n* Fixed an XSS\n") == []


def test_only_files_at_the_top_that_tell_of_releases_are_read() -> None:
    assert [path for path in ("readme.txt", "README.md", "changelog.txt", "CHANGELOG", "CHANGES.md") if path] == [
        path
        for path in ("readme.txt", "README.md", "changelog.txt", "CHANGELOG", "CHANGES.md", "lib/readme.txt", "a.php")
        if is_changelog(path)
    ]


def test_hostile_texts_are_read_in_a_moment_and_shown_on_one_line() -> None:
    [(_version, title)] = _found("= 1.3.0 =\n* Fixed\tXSS \x1b[31m" + "x" * 5000)
    assert len(title) <= 200
    assert "\t" not in title
    assert _found("= 1.3.0 =\n" + "fix " * 100_000) == []
    assert _found("1." * 100_000) == []
    assert _found("= " * 100_000) == []


def test_a_directory_that_has_closed_a_plugin_is_a_sign_with_its_reason() -> None:
    entry = DirectoryEntry("plugin", "tidy-forms", CLOSED, closed_date=date(2026, 1, 2), closed_reason="security-issue")
    mark = closed_mark(TIDY, entry)
    assert mark
    assert (mark.sign, mark.key, mark.title) == ("closed", "security-issue", "closed since 2026-01-02: security-issue")
    silent = closed_mark(TIDY, DirectoryEntry("plugin", "tidy-forms", CLOSED))
    assert silent
    assert (silent.key, silent.title) == ("closed", "closed: no reason is public")
    assert closed_mark(TIDY, DirectoryEntry("plugin", "tidy-forms", OPEN, version="1.0")) is None
    assert closed_mark(TIDY, DirectoryEntry("plugin", "tidy-forms", UNKNOWN)) is None

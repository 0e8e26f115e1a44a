"""What an address that somebody pastes means."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugwatch.errors import InputError, PlugwatchError
from plugwatch.model.patches.source import GitHubChange, PlainPatch, TracTicket, find_patch_source, public_url

API = "https://api.github.com"
HUB = "https://github.com"
SHA = "0123456789abcdef0123456789abcdef01234567"


def on_github(kind: str, name: str, site: str = HUB) -> GitHubChange:
    return GitHubChange(kind, site, "vendor", "forms.js", name)


@pytest.mark.parametrize(
    ("path", "change"),
    [
        ("pull/12", on_github("pull", "12")),
        ("pull/12/", on_github("pull", "12")),
        ("pull/12.diff", on_github("pull", "12")),
        ("pull/12.patch", on_github("pull", "12")),
        ("pull/12/files?w=1#diff-0", on_github("pull", "12")),
        ("pull/12/commits", on_github("pull", "12")),
        ("pull/12/changes", on_github("pull", "12")),
        (f"pull/12/commits/{SHA}", on_github("commit", SHA)),
        ("pull/12/files/0123abcd", on_github("commit", "0123abcd")),
        ("pull/12/files/0123abcd..4567cdef", on_github("compare", "0123abcd...4567cdef")),
        (f"commit/{SHA}", on_github("commit", SHA)),
        ("commit/0123abc.patch", on_github("commit", "0123abc")),
        ("compare/main...kim:fix/mail", on_github("compare", "main...kim:fix/mail")),
        ("compare/main...fix%2Fmail.diff", on_github("compare", "main...fix/mail")),
        ("compare/fix", on_github("compare", "fix")),
    ],
)
def test_pages_of_github(path: str, change: GitHubChange) -> None:
    assert find_patch_source(f"{HUB}/vendor/forms.js/{path}", API) == change
    assert find_patch_source(f"https://www.github.com/vendor/forms.js/{path}", API) == change


def test_the_address_of_a_change_is_the_page_for_people() -> None:
    assert on_github("pull", "12").url == f"{HUB}/vendor/forms.js/pull/12"
    assert on_github("compare", "main...a b\n").url == f"{HUB}/vendor/forms.js/compare/main...a%20b%0A"


def test_a_github_of_ones_own_and_files_in_a_repository() -> None:
    own = find_patch_source(
        "https://git.agency.example:8443/vendor/forms.js/pull/3", "https://git.agency.example:8443/api/v3"
    )
    assert own == on_github("pull", "3", "https://git.agency.example:8443")
    other = find_patch_source("https://git.agency.example/vendor/forms.js/pull/3", API)
    assert isinstance(other, PlainPatch)
    file = find_patch_source(f"{HUB}/vendor/forms.js/blob/main/patches/fix.patch", API)
    assert file == PlainPatch(
        f"{HUB}/vendor/forms.js/raw/main/patches/fix.patch", f"{HUB}/vendor/forms.js/blob/main/patches/fix.patch"
    )


@pytest.mark.parametrize(
    ("path", "words"), [("issues/4", "give the pull request"), ("compare/main..fix", "with three")]
)
def test_what_is_no_change_says_what_to_give_instead(path: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        find_patch_source(f"{HUB}/vendor/forms.js/{path}", API)


@pytest.mark.parametrize(
    ("url", "source"),
    [
        (
            "https://core.trac.example/attachment/ticket/42/fix.2.diff",
            PlainPatch(
                "https://core.trac.example/raw-attachment/ticket/42/fix.2.diff",
                "https://core.trac.example/attachment/ticket/42/fix.2.diff",
                "https://core.trac.example/ticket/42",
            ),
        ),
        ("https://trac.example/forms/ticket/42?v=1#comment:3", TracTicket("https://trac.example/forms/ticket/42")),
        (
            "https://trac.example/changeset/4711/tidy-forms/trunk",
            PlainPatch(
                "https://trac.example/changeset/4711/tidy-forms/trunk?format=diff",
                "https://trac.example/changeset/4711/tidy-forms/trunk",
            ),
        ),
        (
            "https://gitlab.example/group/sub/forms/-/merge_requests/7/diffs?tab=x",
            PlainPatch(
                "https://gitlab.example/group/sub/forms/-/merge_requests/7.diff",
                "https://gitlab.example/group/sub/forms/-/merge_requests/7",
            ),
        ),
        (
            "https://gitlab.example/group/forms/-/commit/0123abcd",
            PlainPatch(
                "https://gitlab.example/group/forms/-/commit/0123abcd.patch",
                "https://gitlab.example/group/forms/-/commit/0123abcd",
            ),
        ),
        (
            "https://kim:hunter2@files.example/a%20b.diff?key=hunter3",
            PlainPatch("https://kim:hunter2@files.example/a%20b.diff?key=hunter3", "https://files.example/a%20b.diff"),
        ),
    ],
)
def test_other_places(url: str, source: PlainPatch | TracTicket) -> None:
    assert find_patch_source(url, API) == source


@pytest.mark.parametrize(
    "url", ["https://", "https://[::1", "https://host:99999/x", "ftp://host/x", "https://a b/x", "x"]
)
def test_what_is_no_address(url: str) -> None:
    with pytest.raises(InputError, match="the address cannot be read"):
        find_patch_source(url, API)


def test_an_address_of_ipv6_keeps_its_brackets() -> None:
    assert public_url("http://u:p@[::1]:8080/x?y#z") == "http://[::1]:8080/x"


@given(st.text(max_size=60), st.sampled_from([HUB, "https://trac.example", "https://gitlab.example/-/"]))
def test_whatever_is_pasted_ends_in_one_line_without_secrets_or_in_an_error(text: str, site: str) -> None:
    for url in (text, f"{site}/{text}", f"{site}/vendor/forms/compare/{text}", f"{site}/attachment/ticket/1/{text}"):
        try:
            found = find_patch_source(url, API)
        except PlugwatchError:
            continue
        address = found.page if isinstance(found, PlainPatch) else found.url
        assert address.isascii()
        assert address.isprintable()
        assert " " not in address

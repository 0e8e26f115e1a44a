"""What ``--from SOURCE`` says, with nothing in it that is a secret or an option."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugwatch.errors import InputError, PlugwatchError
from plugwatch.model.release_source import (
    ComposerSource,
    DirectorySource,
    FileSource,
    GitSource,
    SiteSource,
    SvnSource,
    UrlSource,
    for_version,
    login_variable,
    may_take_password,
    parse_source,
)

SOURCES = {
    "wporg": DirectorySource(),
    "tidy-forms.zip": FileSource("tidy-forms.zip"),
    "/srv/a:b/x": FileSource("/srv/a:b/x"),
    "https://vendor.example/tidy.zip?key=1": UrlSource("https://vendor.example/tidy.zip?key=1"),
    "git:https://git.example/o/r.git": GitSource("https://git.example/o/r.git"),
    "git:https://git.example/o/r.git@v1.2": GitSource("https://git.example/o/r.git", "v1.2"),
    "git:https://git.example/o/r@release/1.2#plugins/tidy/": GitSource(
        "https://git.example/o/r", "release/1.2", "plugins/tidy"
    ),
    "git:https://git.example/o/r@pkg@1.2": GitSource("https://git.example/o/r", "pkg@1.2"),
    "git:git@git.example:o/r.git@1.2": GitSource("git@git.example:o/r.git", "1.2"),
    "git:git@git.example:o/r": GitSource("git@git.example:o/r"),
    "git:ssh://git@git.example:2222/o/r@1.2": GitSource("ssh://git@git.example:2222/o/r", "1.2"),
    "git:/srv/git/a@b.git@1.2": GitSource("/srv/git/a@b.git", "1.2"),
    "git:../r#x": GitSource("../r", None, "x"),
    "git:file:///srv/r.git@1.2": GitSource("file:///srv/r.git", "1.2"),
    "git:https://[::1]:8080/r.git@1": GitSource("https://[::1]:8080/r.git", "1"),
    "svn:https://svn.example/tidy/tags/1.2/": SvnSource("https://svn.example/tidy/tags/1.2"),
    "svn://svn.example/tidy": SvnSource("svn://svn.example/tidy"),
    "svn:svn+ssh://kim@svn.example/tidy": SvnSource("svn+ssh://kim@svn.example/tidy"),
    "composer:https://pkg.example/x/packages.json#Vendor/Tidy": ComposerSource("https://pkg.example/x", "vendor/tidy"),
    "site:shop": SiteSource("shop"),
}


@pytest.mark.parametrize("text", SOURCES)
def test_sources_are_read(text: str) -> None:
    assert parse_source(text) == SOURCES[text]


@pytest.mark.parametrize(
    ("text", "shown", "login"),
    [
        ("git:https://kim:s%40cret@git.example/r.git@1", "git:https://git.example/r.git@1", "kim:s@cret"),
        ("svn:https://kim:secret@svn.example/r", "svn:https://svn.example/r", "kim:secret"),
        ("composer:https://token@pkg.example:8443#a/b", "composer:https://pkg.example:8443#a/b", "token:"),
    ],
)
def test_a_login_is_kept_apart_and_never_shown(text: str, shown: str, login: str) -> None:
    source = parse_source(text)
    assert not isinstance(source, (FileSource, UrlSource, DirectorySource, SiteSource))
    assert (source.shown, source.login) == (shown, login)
    assert login not in repr(source)
    assert parse_source(source.shown) == source


def test_a_url_is_shown_without_what_may_be_a_key() -> None:
    source = parse_source("https://kim:secret@shop.example/tidy.zip?licence=ABC#part")
    assert source.shown == "https://shop.example/tidy.zip"
    assert "ABC" not in repr(source)


@pytest.mark.parametrize(
    "text",
    [
        *("git:", "git:--upload-pack=x", "git:ext::sh -c id", "git:git://git.example/r", "git:ftp://git.example/r"),
        *("git:https://-oProxyCommand=x/r", "git:ssh://-oProxyCommand=x/r", "git:ssh://-ox@git.example/r"),
        *("git:ssh://kim:secret@git.example/r", "git:https://git.example/r?x=secret", "git:https://git.example/r@"),
        *("git:https://git.example/r@--x", "git:https://git.example/r@a..b", "git:https://git.example/r@a b"),
        *("git:https://git.example/r@1#../x", "git:https://git.example/r@1#", "git:https://git.example/r@a:b"),
        *("git:file://other.example/r", "git:https://git.example:99999999/r", "git:https://[::1/r", "git:a\nb"),
        *("svn:", "svn:/srv/r", "svn:svn+evil://svn.example/r", "svn:https://svn.example/r?secret", "svn:file:x"),
        *("composer:https://pkg.example", "composer:https://pkg.example#tidy", "composer:file:///x#a/b"),
        *("composer:#a/b", "site:", "site:../x", "site:-x", "git:" + "x" * 3000),
    ],
)
def test_what_is_no_source_is_refused_in_one_sentence(text: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_source(text)
    said = str(caught.value)
    assert "\n" not in said
    assert "secret" not in said
    assert "write" in said or "ssh logs in by key" in said


@settings(max_examples=200)
@given(
    st.sampled_from(["git:", "svn:", "composer:", "site:", "", "git:https://", "svn:svn://", "composer:https://"]),
    st.text(st.characters(exclude_categories=[]), max_size=40),
)
def test_any_text_is_read_or_refused_and_what_is_shown_is_read_again(prefix: str, rest: str) -> None:
    try:
        source = parse_source(prefix + rest)
    except PlugwatchError:
        return
    source.shown.encode()
    if isinstance(source, (GitSource, SvnSource, ComposerSource, SiteSource)):
        assert parse_source(source.shown) == source


@pytest.mark.parametrize(
    ("recorded", "old", "expected"),
    [
        ("wporg", "1.2", "wporg"),
        ("git:https://git.example/r.git@v1.2", "1.2", "git:https://git.example/r.git"),
        ("git:https://git.example/r.git@1.2#a", "1.2+r2", "git:https://git.example/r.git#a"),
        ("git:https://git.example/r.git@release/1.2", "1.2", "git:https://git.example/r.git@release/1.3"),
        ("git:https://git.example/r.git@main", "1.2", "git:https://git.example/r.git"),
        ("svn:https://svn.example/x/tags/1.2", "1.2", "svn:https://svn.example/x"),
        ("svn:https://svn.example/x/tags/v-1.2", "1.2", "svn:https://svn.example/x/tags/v-1.3"),
        ("svn:https://svn.example/x/trunk", "1.2", "svn:https://svn.example/x"),
        ("svn:https://svn.example/x", "1.2", "svn:https://svn.example/x"),
        ("composer:https://pkg.example#a/b", "1.2", "composer:https://pkg.example#a/b"),
        ("site:shop", "1.2", None),
        ("/srv/x.zip", "1.2", None),
        ("https://vendor.example/x.zip", "1.2", None),
    ],
)
def test_where_the_next_release_is(recorded: str, old: str, expected: str | None) -> None:
    source = for_version(parse_source(recorded), old, "1.3")
    assert (source.shown if source else None) == expected


def test_a_login_belongs_to_one_host_and_an_encrypted_line() -> None:
    assert login_variable("PLUGWATCH_GIT_AUTH", "https://git.vendor-x.example/r") == (
        "PLUGWATCH_GIT_AUTH_GIT_VENDOR_X_EXAMPLE"
    )
    taking = ["https://a.example/", "http://127.0.0.1:80/", "http://localhost/", "http://[::1]/"]
    assert [url for url in [*taking, "http://a.example/", "http://127.0.0.1.a.example/"] if may_take_password(url)] == (
        taking
    )

"""Addresses of repositories: what is one, what never is, and that no secret is repeated."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugwatch.errors import InputError
from plugwatch.model.component import Component
from plugwatch.model.git_remote import check_template, fill_template, is_remote_name, parse_remote


@pytest.mark.parametrize(
    ("text", "url", "protocol", "host"),
    [
        ("https://git.example/a/b.git", "https://git.example/a/b.git", "https", "git.example"),
        ("HTTPS://Git.Example:8443/a", "https://git.example:8443/a", "https", "git.example:8443"),
        ("http://[::1]:8080/a.git", "http://[::1]:8080/a.git", "http", "[::1]:8080"),
        ("ssh://git@git.example:2222/a b.git", "ssh://git@git.example:2222/a b.git", "ssh", "git.example:2222"),
        ("git@git.example:agency/a.git", "git@git.example:agency/a.git", "ssh", "git.example"),
        ("git.example:a.git", "git.example:a.git", "ssh", "git.example"),
        ("/srv/git/a.git", "/srv/git/a.git", "file", ""),
        ("file:///srv/git/a.git", "file:///srv/git/a.git", "file", ""),
    ],
)
def test_addresses_that_git_takes(text, url, protocol, host):
    remote = parse_remote(text)
    assert (remote.url, remote.protocol, remote.host) == (url, protocol, host)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-oProxyCommand=x",
        "--upload-pack=x",
        "ext::sh -c x",
        "fd::7/x",
        "https::https://git.example/a",
        "git://git.example/a",
        "ftp://git.example/a",
        "ssh://-oProxyCommand=x/a",
        "ssh://git@-oProxyCommand=x/a",
        "ssh://-l@git.example/a",
        "-x@git.example:a",
        "git@-oProxyCommand=x:a",
        "git.example:-a",
        "ssh://git.example/-a",
        "https://git.example",
        "https://git.example:port/a",
        "https://[::1/a",
        "https:///a",
        "file://server/a",
        "file:///a?x=1",
        "relative/path",
        "https://git.example/a\nb",
        "https://git.example/" + "a" * 3000,
    ],
)
def test_what_is_no_address_is_refused(text):
    with pytest.raises(InputError):
        parse_remote(text)


@pytest.mark.parametrize(
    "text",
    [
        "https://s3cret@git.example/a",
        "https://ana:s3cret@git.example/a",
        "ssh://ana:s3cret@git.example/a",
        "https://git.example/a?token=s3cret",
        "https://git.example/a#s3cret",
        "https://ana:s3cret@git.example:port/a",
        "ana:s3cret@git.example",
        "gopher://ana:s3cret@git.example/a",
    ],
)
def test_a_secret_in_an_address_is_refused_and_not_repeated(text):
    with pytest.raises(InputError) as caught:
        parse_remote(text)
    assert "s3cret" not in str(caught.value)


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="ab-@:/[].?#{} \\\n%1\u202e", max_size=30))
def test_no_text_ends_in_anything_but_an_address_or_a_sentence(text):
    try:
        remote = parse_remote(text)
    except InputError:
        return
    assert not remote.url.startswith("-")
    assert "::" not in remote.url.partition("[")[0]


def test_a_template_gives_each_component_its_address():
    component = Component("mu-plugin", "night shift.php")
    assert fill_template("https://git.example/{kind}/{slug}.git", component) == (
        "https://git.example/mu-plugin/night%20shift.php.git"
    )
    assert fill_template("/srv/{kind}-{slug}.git", component) == "/srv/mu-plugin-night shift.php.git"
    check_template("git@git.example:agency/{kind}-{slug}.git")


@pytest.mark.parametrize(
    "template", ["https://git.example/all.git", "https://git.example/{kind}.git", "{slug}", "/x/{slug}/{name}", "{slug"]
)
def test_a_template_that_cannot_serve_all_forks_is_refused(template):
    with pytest.raises(InputError):
        check_template(template)


@pytest.mark.parametrize(
    ("address", "keeps"),
    [
        ("https://git.example/a", True),
        ("http://127.0.0.1:80/a", True),
        ("http://localhost/a", True),
        ("http://[::1]/a", True),
        ("http://git.example/a", False),
        ("http://127.0.0.1.example/a", False),
        ("git@git.example:a", False),
    ],
)
def test_a_secret_goes_over_https_or_stays_on_this_machine(address, keeps):
    assert parse_remote(address).keeps_secrets is keeps


def test_a_name_is_no_address():
    assert is_remote_name("origin")
    assert is_remote_name("backup-2.eu")
    assert not any(map(is_remote_name, ("", "-x", "a b", "a/b", "a:b", "a..b", "a.lock", "https://x", "x" * 61)))

from __future__ import annotations

from dataclasses import replace

import pytest

from plugwatch.errors import PlugwatchError
from plugwatch.model.site import Site, check_php_version, check_wordpress_version, parse_url

SITE = Site("acme", "acme-ltd", "https://acme.example", "shop", "wp:@acme", "network", "8.2.12")


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("https://acme.example/de/?a=1", "https://acme.example/de/?a=1"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("http://[::1]:8080/x", "http://[::1]:8080/x"),
        ("acme.example/shop", "https://acme.example/shop"),
        ("https://müller.example/@team", "https://müller.example/@team"),
    ],
)
def test_addresses_of_sites(text, url):
    assert parse_url(text) == url
    assert parse_url(url) == url


@pytest.mark.parametrize(
    "text",
    [
        "",
        "https://",
        "ftp://acme.example",
        "javascript://acme.example",
        "https://a b.example",
        "https://acme.example/a b",
        "https://=",
        "https://<script>alert(1)<",
        "https://'; drop",
    ],
)
def test_what_is_no_address_is_refused(text):
    with pytest.raises(PlugwatchError, match="is not the address of a site; write https://HOST/PATH"):
        parse_url(text)


@pytest.mark.parametrize(
    "text", ["https://ana:geheim@acme.example", "ana:geheim@acme.example", "HTTPS://geheim@acme.example/x"]
)
def test_password_in_an_address_is_refused_without_repeating_it(text):
    with pytest.raises(PlugwatchError, match="must not hold a user name or a password") as refused:
        parse_url(text)
    assert "geheim" not in str(refused.value)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"slug": ""}, "cannot be the short name of a site"),
        ({"client": "a/b"}, "cannot be the short name of a client"),
        ({"url": "mailto:x"}, "is not the address of a site"),
        ({"tier": "gold"}, "'gold' is not a tier; write one of shop, lead, info"),
        ({"source": "a\nb"}, "a site's source holds a line break"),
        ({"network_site": "acme"}, "the site 'acme' cannot be a part of itself"),
    ],
)
def test_site_is_checked_before_it_is_kept(change, sentence):
    SITE.check()
    replace(SITE, url=None, network_site=None).check()

    with pytest.raises(PlugwatchError, match=sentence):
        replace(SITE, **change).check()


@pytest.mark.parametrize("text", ["8.2", "8.4.0RC1", "7.4.33-ubuntu"])
def test_php_versions_are_taken_as_they_are_told(text):
    assert check_php_version(text) == text


@pytest.mark.parametrize("text", ["eight", "8.2\n", "", "8.2 or so"])
def test_what_is_no_php_version_is_refused(text):
    with pytest.raises(PlugwatchError, match="is not a PHP version"):
        check_php_version(text)


@pytest.mark.parametrize("text", ["6", "six", "", "6.9.1.2", "6.9\n"])
def test_what_is_no_wordpress_version_is_refused(text):
    with pytest.raises(PlugwatchError, match="is not a WordPress version"):
        check_wordpress_version(text)


@pytest.mark.parametrize("text", ["6.9", "6.9.1", "7.0-RC1"])
def test_wordpress_versions_are_taken_as_they_are_told(text):
    assert check_wordpress_version(text) == text

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugwatch.errors import PlugwatchError
from plugwatch.inventories.sources.spec import FileSpec, RestSpec, WpSpec, parse_base, parse_spec, resolve


@pytest.mark.parametrize(
    ("text", "spec"),
    [
        ("lists/shop.txt", FileSpec("lists/shop.txt")),
        (" ~/sites/shop ", FileSpec("~/sites/shop")),
        ("wpsite", FileSpec("wpsite")),
        ("wp --path=/var/www/site", WpSpec(path="/var/www/site")),
        ("wp '--path=/var/www/my site' --allow-root", WpSpec(path="/var/www/my site", allow_root=True)),
        ("wp --path=web/wp --url=shop.example/de", WpSpec(path="web/wp", url="shop.example/de")),
        ("wp --ssh=shop.example", WpSpec(ssh="shop.example")),
        ("wp --ssh=ada@shop.example:2222/srv/www --path=wp", WpSpec(ssh="ada@shop.example:2222/srv/www", path="wp")),
        ("wp --ssh=ada@shop.example~/www", WpSpec(ssh="ada@shop.example~/www")),
        ("wp --ssh=docker-compose-run:cli_1", WpSpec(ssh="docker-compose-run:cli_1")),
        ("wp @shop.live", WpSpec(alias="@shop.live")),
        (
            "wp @shop --url=https://shop.example --config=~/wp-cli.yml",
            WpSpec(alias="@shop", url="https://shop.example", config="~/wp-cli.yml"),
        ),
        ("rest:https://ada@shop.example", RestSpec("https://shop.example", "ada")),
        ("rest:https://ada@shop.example:8443/de/", RestSpec("https://shop.example:8443/de", "ada")),
        ("rest:https://ada%40agency.example@shop.example", RestSpec("https://shop.example", "ada@agency.example")),
        ("rest:https://Ada%20L@[::1]:8443/", RestSpec("https://[::1]:8443", "Ada L")),
        ("rest:http://ada@127.0.0.1:8000", RestSpec("http://127.0.0.1:8000", "ada")),
        ("rest:http://ada@localhost", RestSpec("http://localhost", "ada")),
        ("rest:http://ada@shop.localhost:80", RestSpec("http://shop.localhost:80", "ada")),
    ],
)
def test_what_a_source_says(text, spec):
    assert parse_spec(text) == spec


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("  ", "a source is missing; write a path of a file or folder, 'wp --path=FOLDER'"),
        ("list\n.txt", "a site's source holds a line break"),
        ("x" * 2001, "longer than 2000 characters"),
        ("https://shop.example", "a web address alone is no source; write 'rest:https://USER@HOST'"),
        (
            "mainwp:https://dash.example",
            "a MainWP dashboard lists many sites; take them in with 'plugwatch site import",
        ),
        ("--path=/srv", "the source begins with '-'"),
        ("@shop", "the source begins with '@'"),
        ("wp", "does not say which WordPress; write wp --path=FOLDER"),
        ("wp --url=https://shop.example", "does not say which WordPress"),
        ("wp '--path=/srv", "a quotation mark in the source is not closed"),
        ("wp --path=/a --path=/b", "--path stands twice"),
        ("wp --path", "--path has no value; write --path=VALUE"),
        ("wp --path=", "--path has no value"),
        ("wp --path /srv", "--path has no value"),
        ("wp --path=/srv plugin delete", "'plugin' is nothing that a source may tell WP-CLI"),
        ("wp --path=/srv --exec=phpinfo();", "'--exec' is nothing that a source may tell WP-CLI; known are --path="),
        ("wp --path=/srv --require=/tmp/x.php", "'--require' is nothing"),
        ("wp --ssh=a.example --ssh-args=-oProxyCommand=x", "'--ssh-args' is nothing"),
        ("wp --path=/srv -- --exec=x", "'--' is nothing"),
        ("wp --allow-root=1 --path=/srv", "'--allow-root' is nothing"),
        ("wp --path=--exec=x", "the value of --path begins with '-'"),
        ("wp --ssh=-oProxyCommand=reboot", "the value of --ssh begins with '-'"),
        ("wp --ssh=ssh:-oProxyCommand=reboot", "--ssh cannot be read; write --ssh="),
        ("wp --ssh=-x@shop.example", "the value of --ssh begins with '-'"),
        ("wp --ssh=docker:-v@web", "--ssh cannot be read"),
        ("wp --ssh=ada@-oProxyCommand=reboot", "--ssh cannot be read"),
        ("wp --ssh=ada:hunter2@shop.example", "with no password: ssh logs in by key"),
        ("wp --ssh=telnet:shop.example", "--ssh cannot be read"),
        ("wp '--ssh=shop.example;reboot'", "--ssh cannot be read"),
        ("wp --path=/srv --url=ftp://shop.example", "is not the address of a site"),
        ("wp --path=/srv --url=https://ada:hunter2@shop.example", "must not hold a user name or a password"),
        ("wp @shop;reboot", "an alias of WP-CLI is '@' and letters"),
        ("wp @", "an alias of WP-CLI is '@' and letters"),
        ("wp --path=/srv @shop", "'@shop' is nothing that a source may tell WP-CLI"),
        ("wp @shop --ssh=shop.example", "an alias says itself how it is reached"),
        ("wp --path=/srv --config=x.yml", "--config names the file with an alias"),
        ("rest:shop.example", "the address cannot be read; write https://HOST"),
        ("rest:ftp://ada@shop.example", "the address cannot be read"),
        ("rest:https://", "the address cannot be read"),
        ("rest:https://ada@shop.example:x", "the address cannot be read"),
        ("rest:https://[::1", "the address cannot be read"),
        ("rest:https://ada@shop example", "the address cannot be read"),
        ("rest:https://shop.example", "does not name the WordPress user"),
        ("rest:https://@shop.example", "does not name the WordPress user"),
        ("rest:https://ada:hunter2@shop.example", "a password does not belong into an address"),
        ("rest:https://ada:@shop.example", "a password does not belong into an address"),
        ("rest:https://ada:hunter2/x@shop.example", "the address cannot be read"),
        ("rest:https://ada%3Ahunter2@shop.example", "the user in the source cannot be one of WordPress"),
        ("rest:https://ada%0A@shop.example", "the user in the source cannot be one of WordPress"),
        ("rest:https://ada@shop.example/?key=hunter2", "the address has a '?' or '#' in it"),
        ("rest:https://ada@shop.example/#hunter2", "the address has a '?' or '#' in it"),
        (
            "rest:http://ada@shop.example",
            "and WordPress takes no application password without HTTPS; write https://",
        ),
        ("rest:http://ada@127.0.0.1.example", "is not encrypted"),
        ("rest:http://ada@10.0.0.1", "is not encrypted"),
    ],
)
def test_what_a_source_may_not_say(text, sentence):
    with pytest.raises(PlugwatchError) as caught:
        parse_spec(text)

    assert sentence in str(caught.value)
    assert "hunter2" not in str(caught.value)
    assert "\n" not in str(caught.value)


@settings(max_examples=300)
@given(
    st.lists(st.sampled_from(["wp", " ", "--path=", "--ssh=", "--url=", "@", "a", "-o", "docker:", ":", "/", "'", "="]))
)
def test_whatever_is_written_after_wp_no_value_becomes_an_option(parts):
    try:
        spec = parse_spec("wp " + "".join(parts))
    except PlugwatchError:
        return

    assert isinstance(spec, WpSpec)
    values = [value for value in (spec.alias, spec.ssh, spec.path, spec.url, spec.config) if value is not None]
    assert values
    assert not any(value.startswith("-") for value in values)


@settings(max_examples=300)
@given(st.text(max_size=40))
def test_any_text_is_a_source_or_one_sentence(text):
    sentences = []
    for spec in (text, f"wp {text}", f"rest:{text}", f"rest:https://{text}"):
        try:
            parse_spec(spec)
        except PlugwatchError as error:
            sentences.append(str(error))
    assert not any("\n" in sentence for sentence in sentences)


def test_an_address_alone_has_no_user():
    assert parse_base("https://dash.example/") == ("https://dash.example", None)


def test_a_path_begins_at_the_workspace_or_at_home(monkeypatch):
    monkeypatch.setenv("HOME", "/home/ada")

    assert resolve("lists/a.txt", Path("/srv/agency")) == Path("/srv/agency/lists/a.txt")
    assert resolve("/lists/a.txt", Path("/srv/agency")) == Path("/lists/a.txt")
    assert resolve("~/a.txt", Path("/srv/agency")) == Path("/home/ada/a.txt")
    with pytest.raises(PlugwatchError, match="the home folder in '~nobody-of-this-name/a' is not known"):
        resolve("~nobody-of-this-name/a", Path("/srv/agency"))

from __future__ import annotations

import gzip
import json
import socket
import time

import pytest
from peers.loopback import Reply, json_reply, page
from peers.wordpress_rest import PASSWORD, PLUGINS, USER, WordPressRest

from plugwatch import __version__
from plugwatch.errors import InputError, PlugwatchError, UnknownError
from plugwatch.inventories.sources import server as asking
from plugwatch.inventories.sources.fetch import fetch
from plugwatch.inventories.sources.spec import RestSpec, SourceSite
from plugwatch.model.inventory import Installed

ROUTE = "/wp-json/wp/v2/plugins"
BLOCKED = "a security plugin or the host may block the REST API: let this user through, or use another source"


@pytest.fixture
def wordpress():
    with WordPressRest().running() as peer:
        yield peer


@pytest.fixture
def site(tmp_path, monkeypatch):
    monkeypatch.setenv("PLUGWATCH_APP_PASSWORD_SHOP", PASSWORD)
    return SourceSite("shop", "https://shop.example", tmp_path)


@pytest.fixture
def pauses(monkeypatch):
    """The pauses that were made, each of which took no time."""
    made: list[float] = []
    monkeypatch.setattr(time, "sleep", made.append)
    return made


def _fetch(peer, site, user=USER, folder=""):
    return fetch(RestSpec(f"{peer.url}{folder}", user), site)


def _fails(peer, site, user=USER):
    with pytest.raises(PlugwatchError) as caught:
        _fetch(peer, site, user)
    sentence = str(caught.value)
    assert "\n" not in sentence
    for part in PASSWORD.split():
        assert part not in sentence
    assert sentence.startswith("site 'shop'")
    return caught.value


def test_plugins_and_themes_are_one_inventory(wordpress, site):
    inventory = _fetch(wordpress, site)

    assert inventory.format == "rest"
    assert inventory.components == (
        Installed("plugin", "acme-forms", "Acme Forms", "1.2.3", "active"),
        Installed("plugin", "shop-pro", "Shop & Pro", "4.0", "active-network"),
        Installed("plugin", "hello", "Hello", None, "inactive"),
        Installed("theme", "acme-child", "Child", "2.0", "active"),
        Installed("theme", "acme", "Acme", "2.1", "parent"),
    )
    assert inventory.complete_kinds == {"plugin", "theme"}
    assert (inventory.wordpress_version, inventory.unparsed, inventory.warnings) == (None, (), ())


def test_what_is_asked_and_how(wordpress, site):
    _fetch(wordpress, site)

    assert wordpress.paths == [ROUTE, "/wp-json/wp/v2/themes"]
    for request in wordpress.requests:
        assert request.query == {"per_page": "100"}
        assert request.headers["User-Agent"] == f"plugwatch/{__version__}"
        assert request.headers["Authorization"] == "Basic YWRhOmFiY2RFRkdIaWprbE1OT1BxcnN0VVZXWA=="


def test_another_password_of_the_same_machine_is_not_sent(wordpress, site, monkeypatch, tmp_path):
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login eve password hunter2\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    wordpress.pretty = False

    _fetch(wordpress, site)

    sent = {request.headers.get("Authorization") for request in wordpress.requests}
    assert sent == {None, "Basic YWRhOmFiY2RFRkdIaWprbE1OT1BxcnN0VVZXWA=="}


def test_without_pretty_permalinks_the_front_page_says_where_to_ask(wordpress, site):
    wordpress.pretty = False

    inventory = _fetch(wordpress, site)

    assert len(inventory.components) == 5
    assert wordpress.paths == [ROUTE, "/", "/index.php", "/index.php"]
    assert wordpress.requests[2].query == {"rest_route": "/wp/v2/plugins", "per_page": "100"}
    assert "Authorization" not in wordpress.requests[1].headers


def test_where_the_front_page_says_nothing_the_parameter_works_all_the_same(wordpress, site):
    wordpress.pretty = wordpress.linked = False

    assert len(_fetch(wordpress, site).components) == 5
    assert wordpress.paths == [ROUTE, "/", "/", "/"]


@pytest.mark.parametrize("pretty", [True, False])
def test_a_site_in_a_folder(wordpress, site, pretty):
    wordpress.folder, wordpress.pretty = "/de", pretty

    assert len(_fetch(wordpress, site, folder="/de").components) == 5


@pytest.mark.parametrize("link", ['<http://[>; rel="https://api.w.org/"', "nonsense", "<>; rel", ",,;;=", "<x"])
def test_a_link_that_makes_no_sense_is_passed_over(wordpress, site, link):
    wordpress.pretty = False
    wordpress.plan("/", page("A shop", Link=link))

    assert len(_fetch(wordpress, site).components) == 5


def test_a_user_who_may_not_see_themes_still_lists_plugins(wordpress, site):
    wordpress.sees_themes = False

    inventory = _fetch(wordpress, site)

    assert {row.kind for row in inventory.components} == {"plugin"}
    assert inventory.complete_kinds == {"plugin"}
    assert inventory.warnings == ("the user 'ada' may not see the themes (403), so they are not listed",)


def test_themes_that_something_blocks(wordpress, site):
    wordpress.plan("/wp-json/wp/v2/themes", page("Blocked", 406))

    error = _fails(wordpress, site)

    assert str(error) == f"site 'shop': its REST API lists plugins but no themes (406); {BLOCKED}"


@pytest.mark.parametrize("user", ["ada", "eve"])
def test_a_wrong_password_and_a_wrong_user_look_alike(wordpress, site, monkeypatch, user):
    monkeypatch.setenv("PLUGWATCH_APP_PASSWORD_SHOP", PASSWORD if user == "eve" else "1234 5678")

    error = _fails(wordpress, site, user)

    assert str(error) == (
        f"site 'shop': it does not take the user '{user}' with this application password; make a new one in that "
        "user's profile and put it into PLUGWATCH_APP_PASSWORD_SHOP or the keyring (if both are right, the web server "
        "drops the Authorization header)"
    )
    assert "Authorization" not in wordpress.requests[-1].headers


def test_a_wordpress_that_does_not_tell_how_one_logs_in(wordpress, site, monkeypatch):
    monkeypatch.setenv("PLUGWATCH_APP_PASSWORD_SHOP", "1234 5678")
    wordpress.tells_ways = False

    assert "it does not take the user 'ada' with this application password" in str(_fails(wordpress, site))


@pytest.mark.parametrize("code", ["incorrect_password", "invalid_username"])
def test_other_words_for_a_wrong_password(wordpress, site, code):
    wordpress.plan(ROUTE, json_reply({"code": code, "message": "Unknown", "data": {"status": 401}}, 401))

    assert "it does not take the user 'ada' with this application password" in str(_fails(wordpress, site))


def test_no_password_at_all(wordpress, site, monkeypatch):
    monkeypatch.delenv("PLUGWATCH_APP_PASSWORD_SHOP")

    with pytest.raises(PlugwatchError, match="no application password for the site 'shop'"):
        _fetch(wordpress, site)
    assert wordpress.requests == []


@pytest.mark.parametrize("pretty", [True, False])
def test_a_site_that_takes_no_application_passwords(wordpress, site, pretty):
    wordpress.takes_passwords, wordpress.pretty = False, pretty

    assert str(_fails(wordpress, site)) == (
        "site 'shop': application passwords are switched off there; WordPress does that where it is not reached over "
        "HTTPS, and a security plugin may: switch them on, or use another source"
    )


def test_a_user_who_may_not_see_plugins(wordpress, site):
    wordpress.sees_plugins = False

    assert str(_fails(wordpress, site)) == (
        "site 'shop': the user 'ada' may not see the plugins; name a user who may activate plugins"
    )


def test_a_wordpress_that_is_too_old(wordpress, site):
    wordpress.has_plugins_route = False

    assert str(_fails(wordpress, site)) == (
        f"site 'shop': its REST API has no list of plugins; it needs WordPress 5.5 or newer, or {BLOCKED}"
    )


@pytest.mark.parametrize(("code", "status"), [("rest_disabled", 403), ("rest_cannot_access", 401), ("odd", 400)])
def test_an_api_that_a_plugin_has_switched_off(wordpress, site, code, status):
    wordpress.plan(ROUTE, json_reply({"code": code, "message": "No."}, status))

    error = _fails(wordpress, site)

    assert str(error) == f"site 'shop': its REST API refuses the list of plugins ({status} {code}); {BLOCKED}"


@pytest.mark.parametrize("status", [401, 403])
def test_a_firewall_that_refuses_everything(wordpress, site, status):
    wordpress.plan(ROUTE, page("Access denied", status))

    error = _fails(wordpress, site)

    assert str(error) == f"site 'shop': {wordpress.url} refuses every question ({status}); {BLOCKED}"
    assert wordpress.paths == [ROUTE]


def test_a_web_server_with_a_password_of_its_own(wordpress, site):
    wordpress.plan(ROUTE, page("Staging", 401, WWW_Authenticate='Basic realm="Staging"'))

    assert str(_fails(wordpress, site)) == (
        "site 'shop': the web server itself asks for a password (401), which leaves none for WordPress; "
        "let /wp-json/ through there, or use another source"
    )


@pytest.mark.parametrize(
    "reply",
    [
        page("Welcome"),
        page("Not here", 404),
        json_reply({"error": "Not Found"}, 404),
        json_reply("text"),
        Reply(200, b""),
        Reply(200, b"[" * 100_000),
        Reply(200, b"\xff\xfe"),
        Reply(204),
    ],
)
def test_something_that_is_no_wordpress(wordpress, site, reply):
    for path in (ROUTE, "/", "/", "/index.php"):
        wordpress.plan(path, reply)

    error = _fails(wordpress, site)

    assert str(error) == (
        f"site 'shop': no REST API of WordPress answers at {wordpress.url} ({reply.status}); correct the address, "
        "or use another source where a security plugin has switched it off"
    )


def test_a_list_of_something_else(wordpress, site):
    wordpress.plan(ROUTE, json_reply([{"id": 1, "title": "Hello"}]))

    assert isinstance(_fails(wordpress, site), InputError)


def test_an_empty_list_closes_nothing(wordpress, site):
    wordpress.plan(ROUTE, json_reply([]))

    inventory = _fetch(wordpress, site)

    assert inventory.complete_kinds == {"theme"}
    assert inventory.warnings == ("the list has no rows; taken as partial",)


@pytest.mark.parametrize(
    "location", [f"http://elsewhere.example{ROUTE}", "//elsewhere.example/", "http://127.0.0.1:9/"]
)
def test_the_password_goes_nowhere_else(wordpress, site, location):
    wordpress.plan(ROUTE, Reply(301, headers={"Location": location}))

    error = _fails(wordpress, site)

    there = "http://127.0.0.1:9" if "127" in location else "http://elsewhere.example"
    assert str(error) == (
        f"site 'shop': {wordpress.url} redirects to {there}, where no password is sent; "
        "put the address that it really has into the source"
    )
    assert wordpress.paths == [ROUTE]


@pytest.mark.parametrize("location", ["http://[", "ftp://127.0.0.1/x", "http://:80/", "http://127.0.0.1:x/"])
def test_a_redirect_to_nowhere(wordpress, site, location):
    wordpress.plan(ROUTE, Reply(302, headers={"Location": location}))

    assert f"{wordpress.url} redirects to an address that cannot be read, where no password" in str(
        _fails(wordpress, site)
    )


def test_a_redirect_on_the_same_server_is_followed(wordpress, site):
    wordpress.plan(ROUTE, Reply(301, headers={"Location": "/index.php?rest_route=/wp/v2/plugins"}))

    assert len(_fetch(wordpress, site).components) == 5


def test_a_redirect_in_a_circle(wordpress, site):
    wordpress.plan(ROUTE, *[Reply(302, headers={"Location": ROUTE})] * 9)

    assert "redirects in a circle; see whether the site works at all" in str(_fails(wordpress, site))
    assert len(wordpress.paths) == 4


def test_a_server_that_is_busy_for_a_moment(wordpress, site, pauses):
    wordpress.plan(ROUTE, Reply(503, headers={"Retry-After": "2"}), Reply(502))

    assert len(_fetch(wordpress, site).components) == 5
    assert pauses == [2, 1.0]


@pytest.mark.parametrize(
    ("status", "meaning"),
    [
        (429, "it is asked too often"),
        (500, "its code fails; see whether the site works at all"),
        (502, "what is behind it does not answer"),
        (503, "it is overloaded or being updated"),
        (504, "what is behind it is too slow"),
    ],
)
def test_a_server_that_stays_busy(wordpress, site, pauses, status, meaning):
    wordpress.plan(ROUTE, *[Reply(status)] * 9)

    error = _fails(wordpress, site)

    assert isinstance(error, UnknownError)
    assert str(error) == f"site 'shop': {wordpress.url} answers {status}: {meaning}; try again later"
    assert (len(wordpress.paths), len(pauses)) == (3, 2)


@pytest.mark.parametrize("wanted", ["31", "600", "99999999"])
def test_a_server_that_wants_a_long_rest_is_left_alone(wordpress, site, pauses, wanted):
    wordpress.plan(ROUTE, Reply(503, headers={"Retry-After": wanted}))

    assert isinstance(_fails(wordpress, site), UnknownError)
    assert (wordpress.paths, pauses) == ([ROUTE], [])


@pytest.mark.parametrize("wanted", ["Wed, 21 Oct 2026 07:28:00 GMT", "-1", "²", "9" * 400])
def test_a_rest_that_is_no_number_of_seconds(wordpress, site, pauses, wanted):
    wordpress.plan(ROUTE, Reply(503, headers={"Retry-After": wanted}))

    assert len(_fetch(wordpress, site).components) == 5
    assert pauses == [0.5]


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (Reply(delay=0.6), "does not answer in time"),
        (Reply(200, b"[", pieces=2, pause=0.6), "cannot be reached, or broke off its answer"),
    ],
)
def test_a_server_that_does_not_answer(wordpress, site, pauses, monkeypatch, reply, reason):
    monkeypatch.setattr(asking, "_TIMEOUT", (1, 0.1))
    wordpress.plan(ROUTE, reply, reply, reply)

    error = _fails(wordpress, site)

    assert isinstance(error, UnknownError)
    assert str(error) == f"site 'shop': {wordpress.url} {reason}; try again later"
    assert len(wordpress.paths) == 3


def test_nobody_there(site, pauses):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(UnknownError) as caught:
            fetch(RestSpec(url, USER), site)

    assert str(caught.value) == f"site 'shop': {url} cannot be reached, or broke off its answer; try again later"


def test_an_answer_that_breaks_off(wordpress, site, pauses):
    wordpress.plan(ROUTE, *[Reply(200, b"[{", {"Content-Length": "9000"})] * 2)

    assert len(_fetch(wordpress, site).components) == 5
    assert len(wordpress.paths) == 4


def test_a_server_that_trickles(wordpress, site, monkeypatch):
    monkeypatch.setattr(asking, "_LONGEST", 0.3)
    wordpress.plan(ROUTE, Reply(200, b" ", pieces=50, pause=0.05))
    start = time.monotonic()

    error = _fails(wordpress, site)

    assert isinstance(error, UnknownError)
    assert str(error) == f"site 'shop': {wordpress.url} answers too slowly; try again later"
    assert time.monotonic() - start < 2


@pytest.mark.parametrize(
    "reply",
    [
        Reply(200, b"x" * (9 << 20)),
        Reply(200, gzip.compress(bytes(64 << 20)), {"Content-Encoding": "gzip"}),
    ],
)
def test_an_answer_that_is_too_long(wordpress, site, reply):
    wordpress.plan(ROUTE, reply)

    error = _fails(wordpress, site)

    assert str(error) == "site 'shop': its answer is over 8 MiB; no list is that long"


def test_a_damaged_answer(wordpress, site, pauses):
    wordpress.plan(ROUTE, Reply(200, b"not gzip", {"Content-Encoding": "gzip"}))

    assert len(_fetch(wordpress, site).components) == 5


def test_a_server_without_a_certificate(wordpress, site):
    url = wordpress.url.replace("http:", "https:")
    with pytest.raises(PlugwatchError) as caught:
        fetch(RestSpec(url, USER), site)

    assert str(caught.value) == (
        f"site 'shop': {url} offers no connection that can be trusted; see its certificate, no password was sent"
    )
    assert wordpress.requests == []


@pytest.mark.parametrize("host", ["a..b", f"{'a' * 64}.example", ".example"])
def test_a_name_that_cannot_be_looked_up(site, host):
    with pytest.raises(PlugwatchError, match="is no address; correct the source"):
        fetch(RestSpec(f"https://{host}", USER), site)


def test_names_and_passwords_beyond_ascii(wordpress, site, monkeypatch):
    monkeypatch.setenv("PLUGWATCH_APP_PASSWORD_SHOP", "schlüssel")

    assert "does not take the user 'zoë'" in str(_fails(wordpress, site, "zoë"))


def test_nothing_that_is_shown_holds_the_password(wordpress, site):
    server = asking.Server("site 'shop'", wordpress.url, asking.basic(USER, "hunter2"))

    assert "hunter2" not in repr(server)
    assert "aHVudGVyMg" not in repr(server)
    assert "Authorization" not in server.get(f"{wordpress.url}/", authorized=False).headers


def test_a_bom_before_json(wordpress, site):
    wordpress.plan(ROUTE, Reply(200, b"\xef\xbb\xbf" + json.dumps(PLUGINS).encode()))

    assert len(_fetch(wordpress, site).components) == 5

"""What WordPress.org says, asked of a server that answers as it does."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator
from itertools import pairwise

import pytest
from peers.wordpress_org import Fault, WordPressOrgServer

from plugwatch.errors import EXIT_UNKNOWN, ConfigError, UnknownError
from plugwatch.model.component import Component
from plugwatch.model.directory import CLOSED, OPEN, UNKNOWN, DirectoryEntry
from plugwatch.upstream.wordpress_org import WordPressOrg

SUM, OTHER_SUM = "a" * 64, "b" * 64


@pytest.fixture
def server() -> Iterator[WordPressOrgServer]:
    with WordPressOrgServer() as running:
        yield running


@pytest.fixture
def org(server: WordPressOrgServer) -> WordPressOrg:
    return WordPressOrg(server.url, server.url, pause=0)


def _states(entries: dict[str, DirectoryEntry]) -> dict[str, str]:
    return {slug: entry.state for slug, entry in entries.items()}


def test_a_plugin_is_read_whole(server, org):
    server.add_plugin(
        "tidy-forms",
        versions=["1.2.3", "1.10"],
        business_model="community",
        repository_url="https://git.example/maker/tidy-forms",
    )

    entry = org.plugin("tidy-forms")

    assert (entry.kind, entry.slug, entry.state) == ("plugin", "tidy-forms", OPEN)
    assert (entry.name, entry.version, entry.author) == ("Tidy Forms", "1.10", "Maker & Sons")
    assert entry.versions == ("1.2.3", "1.10")
    assert entry.repository_url == "https://git.example/maker/tidy-forms"
    assert (entry.support_threads, entry.support_threads_resolved) == (3, 1)
    assert entry.support_url == "https://forum.example/support/plugin/tidy-forms/"


def test_only_slugs_and_wishes_are_sent_under_our_name(server, org):
    server.add_plugin("tidy-forms")

    org.plugin("tidy-forms")

    (request,) = server.requests
    assert request.path == "/plugins/info/1.2/"
    assert {name for name in request.parameters if not name.startswith("fields[")} == {"action", "slug"}
    assert request.parameters["fields[sections]"] == "0"
    assert re.fullmatch(r"plugwatch/[0-9].*", request.user_agent)


def test_closed_and_unknown_plugins_are_told_apart_in_one_request(server, org):
    server.add_plugin("tidy-forms")
    server.close_plugin("old-thing", reason="security-issue")

    entries = org.plugins(["old-thing", "never-there", "tidy-forms", "old-thing"])

    assert _states(entries) == {"old-thing": CLOSED, "never-there": UNKNOWN, "tidy-forms": OPEN}
    assert list(entries) == ["old-thing", "never-there", "tidy-forms"]
    assert entries["old-thing"].closed_reason == "security-issue"
    assert len(server.requests) == 1


def test_closed_and_unknown_plugins_are_told_apart_alone(server, org):
    server.close_plugin("old-thing")

    closed, unknown = org.plugin("old-thing"), org.plugin("never-there")

    assert (closed.state, closed.name, closed.closed_reason) == (CLOSED, "Old Thing", None)
    assert unknown == DirectoryEntry("plugin", "never-there", UNKNOWN)


def test_what_the_answer_for_many_leaves_out_is_asked_for_alone(server, org):
    server.add_plugin("tidy-forms")
    server.close_plugin("old-thing")
    server.go_wrong(Fault(200, b'{"tidy-forms":{"name":"Tidy Forms"},"odd":null,"queer":{"error":"Try later"}}'))

    entries = org.plugins(["tidy-forms", "old-thing", "odd", "queer"])

    assert _states(entries) == {"tidy-forms": OPEN, "old-thing": CLOSED, "odd": UNKNOWN, "queer": UNKNOWN}
    assert [request.slugs for request in server.requests[1:]] == [("old-thing",), ("odd",), ("queer",)]


def test_an_answer_about_another_plugin_is_not_taken(server, org):
    server.add_plugin("other-forms")
    server.plugins["tidy-forms"] = server.plugins["other-forms"]

    with pytest.raises(UnknownError, match="something else, so nothing is known now about plugin/tidy-forms"):
        org.plugin("tidy-forms")


@pytest.mark.parametrize(("count", "sizes"), [(1, [1]), (100, [100]), (101, [100, 1]), (250, [100, 100, 50])])
def test_at_most_a_hundred_slugs_are_asked_for_at_once(server, org, count, sizes):
    entries = org.plugins([f"plugin-{number}" for number in range(count)])

    assert len(entries) == count
    assert [len(request.slugs) for request in server.requests] == sizes


def test_long_slugs_do_not_make_an_address_too_long(server, org):
    org.plugins([f"{number:03}" + "x" * 197 for number in range(100)])

    assert [len(request.slugs) for request in server.requests] == [20] * 5


@pytest.mark.parametrize("slug", ["LayerSlider", "folder/file", "a,b", "ä", "", "x" * 201, "a b", "hello.php", "a\nb"])
def test_a_slug_that_cannot_be_there_is_not_asked_for(server, org, slug):
    assert org.plugins([slug]) == {slug: DirectoryEntry("plugin", slug, UNKNOWN)}
    assert org.theme(slug).state == UNKNOWN
    assert server.requests == []


def test_nothing_is_asked_about_nothing(server, org):
    assert org.plugins([]) == {}
    assert server.requests == []


def test_a_theme_is_read_whole(server, org):
    server.add_theme(
        "shopfront", versions=["4.5.0", "4.10.0"], is_commercial=True, external_support_url="https://s.example"
    )

    entry = org.theme("shopfront")

    assert (entry.kind, entry.state, entry.author, entry.version) == ("theme", OPEN, "Maker & Sons", "4.10.0")
    assert (entry.business_model, entry.commercial_support_url) == ("commercial", "https://s.example")
    assert entry.versions == ("4.5.0", "4.10.0")
    assert (entry.active_installs, entry.requires, entry.requires_php) == (20000, None, "7.4")


@pytest.mark.parametrize("together", [True, False])
def test_themes_are_known_even_where_they_cannot_be_asked_for_together(together):
    with WordPressOrgServer(themes_together=together) as server:
        server.add_theme("shopfront")
        entries = WordPressOrg(server.url, server.url, pause=0).themes(["shopfront", "gone"])

    assert _states(entries) == {"shopfront": OPEN, "gone": UNKNOWN}
    assert len(server.requests) == (1 if together else 3)


def test_components_are_asked_for_by_their_kind(server, org):
    server.add_plugin("tidy-forms")
    server.add_theme("tidy-forms")
    plugin, theme = Component("plugin", "tidy-forms"), Component("theme", "tidy-forms")

    entries = org.entries([theme, plugin, Component("dropin", "db.php")])

    assert {component: entry.kind for component, entry in entries.items()} == {plugin: "plugin", theme: "theme"}


def test_checksums_of_a_version(server, org):
    server.add_checksums("tidy-forms", "1.2.3", {"tidy-forms.php": SUM, "inc/a b.php": [SUM, OTHER_SUM]})

    checksums = org.plugin_checksums("tidy-forms", "1.2.3")

    assert checksums.files == {"tidy-forms.php": (SUM,), "inc/a b.php": (SUM, OTHER_SUM)}
    assert checksums.rewritten() == ("inc/a b.php",)
    assert server.requests[0].path == "/plugin-checksums/tidy-forms/1.2.3.json"


def test_a_version_is_one_part_of_the_address(server, org):
    server.add_checksums("tidy-forms", "1.2 beta?#%2F", {"a.php": SUM})

    assert org.plugin_checksums("tidy-forms", "1.2 beta?#%2F") is not None


def test_where_there_are_no_checksums_there_are_none(server, org):
    assert org.plugin_checksums("tidy-forms", "9.9") is None
    assert org.core_checksums("99.0") is None
    assert len(server.requests) == 2


@pytest.mark.parametrize("version", ["", ".", "..", "../../x", "1/2", "1\n2", "x" * 101, "1\x00", " 1"])
def test_a_version_that_is_no_file_name_has_no_checksums(server, org, version):
    assert org.plugin_checksums("tidy-forms", version) is None
    assert org.core_checksums(version) is None
    assert org.core_checksums("6.9", version or "/") is None
    assert server.requests == []


@pytest.mark.parametrize(
    "body", [b"{}", b'{"files":[]}', b'{"plugin":"other","files":{"a":{}}}', b'{"version":"2","files":{}}']
)
def test_checksums_of_something_else_are_not_taken(server, org, body):
    server.go_wrong(Fault(200, body))

    with pytest.raises(UnknownError, match=r"nothing is known now about the checksums of tidy-forms 1\.0"):
        org.plugin_checksums("tidy-forms", "1.0")


def test_checksums_of_wordpress(server, org):
    server.core_checksums["6.9", "de_DE"] = {"wp-login.php": "c" * 32}

    assert org.core_checksums("6.9", "de_DE") == {"wp-login.php": "c" * 32}
    assert org.core_checksums("6.9") is None


def test_the_versions_of_wordpress_on_offer(server, org):
    server.core_versions = ["7.0.1", "7.0.1", "6.9.10", "6.9.3"]

    assert org.core_versions() == ("6.9.3", "6.9.10", "7.0.1")


@pytest.mark.parametrize("body", [b"{}", b'{"offers":false}', b'{"offers":[null,{"version":false},{"version":"-"}]}'])
def test_no_version_on_offer_is_no_answer(server, org, body):
    server.go_wrong(Fault(200, body))

    with pytest.raises(UnknownError, match="nothing is known now about the versions of WordPress"):
        org.core_versions()


def test_there_is_a_pause_between_requests(server):
    org = WordPressOrg(server.url, server.url, pause=0.1)

    for slug in ("a", "b", "c"):
        org.plugin(slug)

    times = [request.at for request in server.requests]
    assert all(later - earlier >= 0.1 for earlier, later in pairwise(times))


def test_threads_ask_one_after_the_other(server, org):
    server.go_wrong(Fault(200, b'{"name":"A"}', delay=0.1), times=3)
    begun = time.monotonic()
    threads = [threading.Thread(target=org.plugin, args=(slug,)) for slug in "abc"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(server.requests) == 3
    assert time.monotonic() - begun >= 0.3


@pytest.mark.parametrize(
    "url", ["", "api.wordpress.example", "ftp://x.example", "https://", "http://[::1", "https://h:p/", "https://h/?q"]
)
def test_an_address_that_is_none_is_refused_before_anything_is_asked(url):
    with pytest.raises(ConfigError, match="write https://HOST"):
        WordPressOrg(url, "https://downloads.example")


def test_a_base_with_a_path_and_a_slash_at_its_end_is_a_mirror(server):
    WordPressOrg(f"{server.url}/mirror/", server.url, pause=0)._api.get("/x", {}, "x")

    assert server.requests[0].path == "/mirror/x"


def test_unknown_is_an_exit_code_of_its_own(server, org):
    server.go_wrong(Fault(403))

    with pytest.raises(UnknownError) as error:
        org.plugin("tidy-forms")

    assert error.value.exit_code == EXIT_UNKNOWN

from __future__ import annotations

import pytest
from peers.composer_repository import FORMS, ComposerServer
from peers.loopback import json_reply

from plugwatch.errors import InputError, UnknownError
from plugwatch.upstream.composer_support import ComposerSupport

TIDY = "larkspur/tidy-forms"


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_repository_says_where_help_is_found(form):
    with ComposerServer(form).running() as server:
        for version, desk in (("1.9.0", "https://old.larkspur.example"), ("1.10.0", "https://desk.larkspur.example")):
            server.add(TIDY, version, b"PK")
            server.rows[TIDY][-1]["support"] = {"issues": desk, "email": "help@larkspur.example"}
        server.add("larkspur/other", "9.9", b"PK")
        told = ComposerSupport(server.url).support(TIDY)
        assert (told.file, told.issues) == (f"the package {TIDY}", "https://desk.larkspur.example")
        assert told.email == "help@larkspur.example"


def test_a_package_that_says_nothing_or_is_not_there_is_none():
    with ComposerServer("inline").running() as server:
        server.add(TIDY, "1.0", b"PK")
        assert ComposerSupport(server.url).support(TIDY) is None
        assert ComposerSupport(server.url).support("larkspur/nothing") is None


@pytest.mark.parametrize("packages", [None, 7, [], {TIDY: 7}, {TIDY: [7]}, {TIDY: {"1.0": 7}}, {TIDY: {}}])
def test_strange_metadata_says_nothing(packages):
    with ComposerServer("inline").running() as server:
        server.plan("/packages.json", json_reply({"packages": packages}))
        assert ComposerSupport(server.url).support(TIDY) is None


def test_a_repository_that_does_not_answer_is_said():
    with ComposerServer("inline", login="me:secret").running() as server:
        with pytest.raises(InputError, match="wants a login") as caught:
            ComposerSupport(server.url).support(TIDY)
        assert "secret" not in str(caught.value)
    with pytest.raises(UnknownError):
        ComposerSupport(server.url).support(TIDY)

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest

from plugwatch.errors import AmbiguousError, LedgerError, NotFoundError, PlugwatchError
from plugwatch.model.client import Client, Contact, WorkingHours

AT = datetime(2026, 3, 1, 9, 15, tzinfo=timezone.utc)
FULL = Client(
    slug="acme",
    name="Acme Öfen & Söhne",
    contacts=(Contact("desk@acme.example", "Shop desk"), Contact("boss@acme.example")),
    language="de-AT",
    timezone="Europe/Vienna",
    hours=WorkingHours.parse("Mon-Fri 9-18, Sat 10-14"),
    names_vendor=False,
    first_response=timedelta(minutes=15),
    update_every=timedelta(hours=1, minutes=30),
)


@pytest.mark.parametrize("client", [FULL, Client("bolt", "Bolt"), replace(FULL, names_vendor=True, contacts=())])
def test_what_is_added_is_what_is_found(ledger, client):
    with ledger.unit_of_work() as work:
        added = work.clients.add(client, at=AT)

    with ledger.reading() as work:
        assert work.clients.get(client.slug) == added
        assert work.clients.list() == (added,)
    assert replace(added, id="", created_at=None) == client
    assert added.created_at == AT


def test_update_writes_everything_and_leaves_the_others(ledger):
    with ledger.unit_of_work() as work:
        other = work.clients.add(Client("bolt", "Bolt", contacts=(Contact("a@bolt.example"),)), at=AT)
        added = work.clients.add(Client("acme-2", "Acme"), at=AT)
        changed = replace(FULL, id=added.id, created_at=AT)
        work.clients.update(changed)

    with ledger.reading() as work:
        assert work.clients.list() == (changed, other)
        assert work.clients.find("acme-2") is None


def test_slug_in_use_is_refused_in_any_letter_case(ledger):
    with ledger.unit_of_work() as work:
        work.clients.add(Client("Acme", "Acme"), at=AT)
        bolt = work.clients.add(Client("bolt", "Bolt"), at=AT)
        for refused in (
            lambda: work.clients.add(Client("aCME", "x"), at=AT),
            lambda: work.clients.update(replace(bolt, slug="ACME")),
        ):
            with pytest.raises(
                LedgerError, match=r"there is a client '[aA]CME' already; change it with 'plugwatch client set'"
            ):
                refused()
        work.clients.update(replace(bolt, slug="BOLT"))


def test_bad_values_do_not_get_in(ledger):
    with ledger.unit_of_work() as work:
        with pytest.raises(PlugwatchError, match="not an e-mail address"):
            work.clients.add(replace(FULL, contacts=(Contact("nobody"),)), at=AT)
        with pytest.raises(NotFoundError, match="the client 'acme' is not in this ledger"):
            work.clients.update(FULL)
        assert work.clients.list() == ()


def test_any_unambiguous_part_of_slug_or_name_is_enough(ledger):
    names = {
        "acme": "Acme",
        "acme-shop": "Acme",
        "percent": "100% Bio",
        "more": "1000 Dinge",
        "under": "a_b",
        "over": "axb",
        "mueller": "Müller GmbH",
        "gross": "Groß & Klein",
    }
    expected = {
        "acme": "acme",  # a slug in full wins over acme-shop
        "ACME": "acme",
        "me-sh": "acme-shop",
        "100%": "percent",
        "a_b": "under",
        "MÜLLER": "mueller",
        "groß": "gross",
        "gross & klein": "gross",
    }
    with ledger.unit_of_work() as work:
        for slug, name in names.items():
            work.clients.add(Client(slug, name), at=AT)
        assert {text: work.clients.resolve(text).slug for text in expected} == expected


def test_several_are_listed_and_none_is_guessed(ledger):
    with ledger.unit_of_work() as work:
        for slug in ("bolt-shop", "acme-shop", "corvid"):
            work.clients.add(Client(slug, slug), at=AT)

        with pytest.raises(
            AmbiguousError, match=r"'shop' fits 2 clients: acme-shop, bolt-shop; write more of the name"
        ):
            work.clients.resolve("shop")
        for text in ("zebra", "%", "_", "", "!"):
            with pytest.raises(NotFoundError, match=r"no client here is called '.*see 'plugwatch client list'"):
                work.clients.resolve(text)
        with pytest.raises(NotFoundError, match="no client here is called 'shop'"):
            work.clients.get("shop")

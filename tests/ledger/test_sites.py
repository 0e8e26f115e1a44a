from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timezone

import pytest

from plugwatch.errors import AmbiguousError, LedgerError, NotFoundError, PlugwatchError
from plugwatch.model.client import Client
from plugwatch.model.site import Site

AT = datetime(2026, 3, 1, 9, 15, tzinfo=timezone.utc)
FULL = Site(
    slug="acme-shop",
    client="acme",
    url="https://shop.acme.example/de/",
    tier="shop",
    source="wp:@acme",
    network_site="acme-net",
)


def test_what_is_added_is_what_is_found(ledger):
    with ledger.unit_of_work() as work:
        main = work.sites.add(Site("acme-net", "acme"), at=AT)
        added = work.sites.add(FULL, at=AT)

    with ledger.reading() as work:
        assert work.sites.get("ACME-shop") == added
        assert work.sites.list() == (main, added)
    assert replace(added, id="", created_at=None) == FULL
    assert added.created_at == AT


def test_unknown_client_is_added_and_a_known_one_is_used(ledger):
    with ledger.unit_of_work() as work:
        known = work.clients.add(Client("Acme", "Acme Ltd"), at=AT)
        assert work.sites.add(Site("one", "acme"), at=AT).client == "Acme"
        assert work.sites.add(Site("two", "bolt"), at=AT).client == "bolt"

        assert [(client.slug, client.name) for client in work.clients.list()] == [
            ("Acme", "Acme Ltd"),
            ("bolt", "bolt"),
        ]
        assert [site.slug for site in work.sites.list(client="ACME")] == ["one"]
        assert work.clients.get("acme") == known


def test_update_writes_everything(ledger):
    with ledger.unit_of_work() as work:
        added = work.sites.add(Site("old", "bolt"), at=AT)
        work.sites.add(Site("acme-net", "acme"), at=AT)
        changed = replace(FULL, id=added.id, created_at=AT)
        work.sites.update(changed)
        assert work.sites.get("acme-shop") == changed

        with pytest.raises(NotFoundError, match="no client here is called 'nobody'"):
            work.sites.update(replace(changed, client="nobody"))
        with pytest.raises(NotFoundError, match="no site here is called 'nowhere'"):
            work.sites.update(replace(changed, network_site="nowhere"))
        with pytest.raises(NotFoundError, match="is not in this ledger"):
            work.sites.update(replace(changed, slug="new", id="?"))


def test_slug_in_use_and_bad_values_are_refused(ledger):
    with ledger.unit_of_work() as work:
        work.sites.add(Site("acme", "acme"), at=AT)
        with pytest.raises(LedgerError, match="there is a site 'ACME' already; change it with 'plugwatch site set'"):
            work.sites.add(Site("ACME", "bolt"), at=AT)
        with pytest.raises(PlugwatchError, match="not a tier"):
            work.sites.add(Site("bolt", "bolt", tier="gold"), at=AT)
        assert [client.slug for client in work.clients.list()] == ["acme"]


def test_part_of_the_slug_comes_before_part_of_the_url(ledger):
    with ledger.unit_of_work() as work:
        for slug, url in {
            "acme-shop": "https://shop.acme.example",
            "acme-blog": "https://blog.acme.example",
            "bolt": "https://Shop.bolt.example",
            "a_b": None,
            "axb": None,
        }.items():
            work.sites.add(Site(slug, "client", url=url), at=AT)

        assert work.sites.resolve("shop").slug == "acme-shop"
        assert work.sites.resolve("SHOP.BOLT").slug == "bolt"
        assert work.sites.resolve("a_b").slug == "a_b"
        with pytest.raises(AmbiguousError, match="'acme' fits 2 sites: acme-blog, acme-shop"):
            work.sites.resolve("acme")
        for text in ("zebra", "%", ""):
            with pytest.raises(NotFoundError, match="see 'plugwatch site list', or add it with 'plugwatch site add'"):
                work.sites.resolve(text)


def test_sites_of_one_network_share_their_files(ledger):
    with ledger.unit_of_work() as work:
        work.sites.add(Site("main", "acme"), at=AT)
        for slug, network in (("b", "main"), ("a", "main"), ("lone", None), ("elsewhere", "lone")):
            work.sites.add(Site(slug, "acme", network_site=network), at=AT)

        shared = {site.slug: [other.slug for other in work.sites.sharing_with(site)] for site in work.sites.list()}

    assert shared == {
        "main": ["a", "b"],
        "a": ["b", "main"],
        "b": ["a", "main"],
        "lone": ["elsewhere"],
        "elsewhere": ["lone"],
    }

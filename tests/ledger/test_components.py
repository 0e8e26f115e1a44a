from __future__ import annotations

import pytest

from plugwatch.errors import AmbiguousError, NotFoundError
from plugwatch.model.component import CORE, Component

KNOWN = {
    Component("plugin", "tidy-forms"): "Tidy Forms",
    Component("plugin", "tidy-forms-pro"): "Tidy Forms Pro",
    Component("theme", "harbour"): "Harbour",
    Component("plugin", "harbour"): None,
    Component("plugin", "LayerStack"): "Layer Stack",
    Component("plugin", "layerstack"): "Another one",
    Component("plugin", "wordpress-seo-kit"): "SEO Kit",
    Component("plugin", "bundle/extra"): "Bundle Extra",
    Component("mu-plugin", "site-tweaks.php"): "Überall-Einstellungen 100%",
    CORE: "WordPress",
}


@pytest.fixture
def components(ledger):
    with ledger.unit_of_work() as work:
        for component, name in KNOWN.items():
            work.components.get_or_create(component, name)
    with ledger.reading() as work:
        yield work.components


def test_exact_names_come_first_then_any_unambiguous_part(components):
    expected = {
        "plugin/tidy-forms": "plugin/tidy-forms",
        "tidy-forms": "plugin/tidy-forms",
        "TIDY-Forms": "plugin/tidy-forms",
        "plugin/Tidy-Forms": "plugin/tidy-forms",
        "forms pro": "plugin/tidy-forms-pro",
        "theme/harbour": "theme/harbour",
        "theme/harb": "theme/harbour",
        "theme/HARB": "theme/harbour",
        "LayerStack": "plugin/LayerStack",
        "layerstack": "plugin/layerstack",
        "core": "core",
        "wordpress": "core",
        "seo": "plugin/wordpress-seo-kit",
        "bundle/extra": "plugin/bundle/extra",
        "plugin/bundle/extra": "plugin/bundle/extra",
        "bundle/e": "plugin/bundle/extra",
        "ÜBERALL": "mu-plugin/site-tweaks.php",
        "0%": "mu-plugin/site-tweaks.php",
    }

    assert {text: str(components.resolve(text)) for text in expected} == expected


def test_several_are_listed_and_none_is_guessed(components):
    expected = {
        "harbour": ["plugin/harbour", "theme/harbour"],
        "tidy": ["plugin/tidy-forms", "plugin/tidy-forms-pro"],
        "plugin/tidy": ["plugin/tidy-forms", "plugin/tidy-forms-pro"],
        "LAYERSTACK": ["plugin/LayerStack", "plugin/layerstack"],
        "plugin/layerSTACK": ["plugin/LayerStack", "plugin/layerstack"],
    }
    for text, candidates in expected.items():
        with pytest.raises(AmbiguousError) as refused:
            components.resolve(text)
        assert refused.value.candidates == candidates


def test_unknown_ones_name_the_next_step(components):
    for text in ("zebra", "%forms", "tidy_forms", "", "theme/tidy", "plugin/", "dropin/site-tweaks.php"):
        with pytest.raises(NotFoundError, match="components come in with 'plugwatch site import'"):
            components.resolve(text)


def test_core_is_wordpress_and_nothing_that_has_it_in_its_name(ledger):
    with ledger.unit_of_work() as work:
        work.components.get_or_create(Component("plugin", "score-board"))
        with pytest.raises(NotFoundError, match="no component here is called 'core'"):
            work.components.resolve("core")
        work.components.get_or_create(CORE)
        assert work.components.resolve("core") == CORE


def test_all_are_listed_in_order_with_their_names(components):
    assert list(components.names().items()) == sorted(KNOWN.items(), key=lambda entry: entry[0])
    assert components.name(Component("theme", "harbour")) == "Harbour"
    assert components.name(Component("theme", "zebra")) is None


def test_a_component_is_kept_once_and_takes_the_newest_name(ledger):
    tidy = Component("plugin", "tidy")
    with ledger.unit_of_work() as work:
        ids = [work.components.get_or_create(tidy, name) for name in (None, "Tidy", None, "Tidy 2", "Tidy 2")]
        assert work.components.name(tidy) == "Tidy 2"
        with pytest.raises(NotFoundError, match="no component here is called 'plugin/other'"):
            work.components.id_of(Component("plugin", "other"))
    with ledger.unit_of_work() as work:
        assert {*ids, work.components.id_of(tidy), work.components.get_or_create(tidy)} == {ids[0]}
        assert work.components.resolve("tidy 2") == tidy


def test_every_name_that_a_site_has_shown_is_remembered(ledger):
    tidy, copy, theme = Component("plugin", "tidy"), Component("plugin", "tidy-2"), Component("theme", "tidy")
    with ledger.unit_of_work() as work:
        for name in ("Tidy Forms", "Ordentliche Formulare GRÖSSE", "Tidy Forms", None):
            work.components.get_or_create(tidy, name)
        work.components.get_or_create(theme, "Tidy Forms")

        assert work.components.name(tidy) == "Tidy Forms"
        for name in ("tidy forms", "ordentliche formulare größe"):
            assert work.components.called("plugin", name) == [tidy]
        assert work.components.called("theme", "tidy forms") == [theme]
        for name in ("tidy", "", "%"):
            assert work.components.called("plugin", name) == []

        work.components.get_or_create(copy, "TIDY FORMS")
        assert work.components.called("plugin", "Tidy Forms") == [tidy, copy]

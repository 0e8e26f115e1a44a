"""Bare slugs: lists are read exactly, and no sentence, notice or other list becomes plugins."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rendering import samples, slug_list
from rendering.samples import SampleSite

from plugwatch.errors import InputError
from plugwatch.inventories.containers import NO_HINTS, Hints, decode
from plugwatch.inventories.registry import read
from plugwatch.inventories.tables.slug_list import recognise
from plugwatch.model.inventory import Inventory

Sample = tuple[SampleSite, random.Random]


def _read(text: str, fmt: str | None = None, hints: Hints = NO_HINTS) -> Inventory:
    found = read(text.encode(), source="plugins.txt", fmt=fmt, hints=hints)
    assert isinstance(found, Inventory)
    assert found.format == "slug-list"
    return found


def _slugs(text: str, fmt: str | None = None) -> list[tuple[str, str | None, str | None]]:
    return [(row.kind, row.slug, row.version) for row in _read(text, fmt).components]


@settings(max_examples=200, deadline=None)
@given(samples.sites())
def test_a_list_is_read_exactly(sample: Sample) -> None:
    site, chance = sample
    rendered = slug_list.render(site, chance)
    prefix = chance.choice(["", "> ", "    "])
    lines = [prefix + line for line in rendered.text.split("\n")]
    text = chance.choice(["", "\ufeff"]) + chance.choice(["\n", "\r\n"]).join(lines)
    inventory = _read(text)
    assert inventory.components == rendered.expected.components
    assert inventory.unparsed == ()
    assert inventory.complete_kinds == frozenset()
    assert inventory.warnings[-1].endswith("; taken as partial")


@settings(max_examples=100, deadline=None)
@given(samples.sites(), st.sampled_from(["The shop is down.", "PHP Notice: x in acme/acme.php on line 3", "Hi all,"]))
def test_words_between_the_slugs_are_reported(sample: Sample, words: str) -> None:
    site, chance = sample
    rendered = slug_list.render(site, chance)
    lines = rendered.text.split("\n")
    lines.insert(chance.randint(0, len(lines) - 1), words)
    try:
        inventory = _read("\n".join(lines), "slug-list")
    except InputError:
        return
    assert inventory.components == rendered.expected.components


def test_the_ways_to_write_a_slug() -> None:
    assert _slugs("""\
# Plugins
akismet
- contact-form-7          # for the shop
* 'tidy-forms',
1. "wordpress-seo@22.1"
acme-slider 1.2.3
+acme-cache:2.0
TidyLogo/tidy-logo.php
https://wordpress.org/plugins/hello-dolly/
https://downloads.wordpress.org/plugin/acme-mail.1.4.2.zip
object-cache.php

Themes:
shop_front
""") == [
        ("plugin", "akismet", None),
        ("plugin", "contact-form-7", None),
        ("plugin", "tidy-forms", None),
        ("plugin", "wordpress-seo", "22.1"),
        ("plugin", "acme-slider", "1.2.3"),
        ("plugin", "acme-cache", "2.0"),
        ("plugin", "TidyLogo", None),
        ("plugin", "hello-dolly", None),
        ("plugin", "acme-mail", "1.4.2"),
        ("dropin", "object-cache.php", None),
        ("theme", "shop_front", None),
    ]


def test_commands_of_a_script_are_read() -> None:
    assert _slugs("""\
#!/bin/bash
wp plugin --allow-root install akismet tidy-forms --activate
wp theme install shopfront --version=4.5.0 && wp plugin install acme-mail
wp plugin delete hello-dolly
wp plugin activate --all
""") == [
        ("plugin", "akismet", None),
        ("plugin", "tidy-forms", None),
        ("theme", "shopfront", "4.5.0"),
        ("plugin", "acme-mail", None),
    ]


def test_what_wp_cli_prints_of_names_is_whole_unless_filtered() -> None:
    inventory = _read("$ wp plugin list --field=name\nakismet\njetpack\nobject-cache.php\n")
    assert [row.slug for row in inventory.components] == ["akismet", "jetpack", "object-cache.php"]
    assert inventory.complete_kinds == {"plugin"}
    filtered = _read("$ wp plugin list --status=active --field=name\nakismet\njetpack\n")
    assert filtered.complete_kinds == frozenset()
    assert _read("$ wp theme list --field=name\nshopfront\nplain\n").complete_kinds == {"theme"}


def test_a_list_says_when_it_does_not_say_what_it_is() -> None:
    said = "nothing says whether the list holds plugins or themes; read as plugins, --type themes says otherwise"
    assert said in _read("tidy-forms\nakismet\n").warnings
    themes = _read("tidy-forms\nakismet\n", hints=Hints("themes"))
    assert {row.kind for row in themes.components} == {"theme"}
    assert said not in themes.warnings
    assert {row.kind for row in _read("Must-use plugins:\ntidy-forms\n", "slug-list").components} == {"mu-plugin"}
    assert {row.status for row in _read("Inactive plugins:\ntidy-forms\nacme-mail\n").components} == {"inactive"}


def test_words_that_are_slugs_too_need_the_persons_word() -> None:
    text = "akismet\nelementor\njetpack\n"
    assert recognise(decode(text.encode(), "x")).confidence == 0
    assert [slug for _, slug, _ in _slugs(text, "slug-list")] == ["akismet", "elementor", "jetpack"]
    inventory = _read("akismet\nthe\njetpack\nPlease call back!\nelementor\n", "slug-list")
    assert [row.slug for row in inventory.components] == ["akismet", "jetpack", "elementor"]
    assert [missed.line for missed in inventory.unparsed] == [2, 4]
    assert "line 2 of the list could not be read; taken as partial" in inventory.warnings


@pytest.mark.parametrize(
    "text",
    [
        "The shop is down\nsince noon\n",
        "update\nseo\nauthor\nstats\nlogo\n",
        "update, seo, author, stats",
        "requests==2.31.0\ncharset-normalizer==3.3.2\n",
        "post-thumbnails, title-tag, html5, custom-logo",
        "GIF, JPEG, PNG, WebP, AVIF",
        "page-template logged-in admin-bar",
        "src/Foo.php\nsrc/Bar.php\n",
        "wp-admin/index.php\nwp-includes/load.php\n",
        "post: 4\nwp-popup: 42\n",
        "2e360bc Let-every help line\n",
        "Best\nregards\nBob\n",
        '{"a-b": 1}\n',
        "a-b\n",
        "memory_limit: 256M\nmax_input_time: 60\n",
        "wp plugin list\nwp plugin update --all\n",
    ],
)
def test_other_texts_are_not_taken_for_a_list(text: str) -> None:
    assert recognise(decode(text.encode(), "x")).confidence == 0


@pytest.mark.parametrize(
    "text",
    [
        "The shop is down\nsince noon\n",
        "post-thumbnails, title-tag, html5, custom-logo",
        "GIF, JPEG, PNG, WebP, AVIF",
        "wp-admin/index.php\nwp-includes/load.php\n",
        "post: 4\nwp-popup: 42\n",
        "Hello\nThanks\nBob\n",
    ],
)
def test_a_text_that_is_no_list_is_refused_even_when_named_one(text: str) -> None:
    with pytest.raises(InputError, match=r"^plugins\.txt: it is no list of slugs"):
        _read(text, "slug-list")


@pytest.mark.parametrize("fmt", [None, "slug-list"])
def test_more_slugs_than_any_site_has_are_refused(fmt: str | None) -> None:
    with pytest.raises(InputError, match="it names over 30,000 components; no site has that many"):
        _read("".join(f"acme-{number}\n" for number in range(30_001)), fmt)

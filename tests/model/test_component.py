from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugwatch.errors import PlugwatchError
from plugwatch.model.component import CORE, KINDS, Component, is_slug


@pytest.mark.parametrize(
    "text",
    [
        *("plugin/tidy-forms", "theme/storefront", "mu-plugin/site-tweaks.php", "dropin/object-cache.php", "core"),
        *(
            "plugin/LayerSlider",
            "plugin/js_composer",
            "plugin/folder/second.php",
            "plugin/a b",
            "plugin/0",
            "plugin/c++",
        ),
    ],
)
def test_a_name_in_full_is_read_and_written(text):
    assert str(Component.parse(text)) == text


def test_core_has_one_form():
    assert Component.parse("core") is CORE
    assert (CORE.kind, CORE.slug, str(CORE)) == ("core", "wordpress", "core")
    with pytest.raises(PlugwatchError, match="'core/wordpress' is not a component"):
        Component.parse("core/wordpress")


@pytest.mark.parametrize("text", ["", "tidy-forms", "plugins/x", "Plugin/x", "plugin", "/x", " plugin/x"])
def test_what_names_no_kind(text):
    with pytest.raises(PlugwatchError, match="is not a component; write plugin/SLUG, theme/SLUG"):
        Component.parse(text)


@pytest.mark.parametrize(
    "slug",
    [
        *("", ".", "..", "../x", "a/../b", "a/b/c", "/etc/passwd", "-x", ".git", "a//b", "a/", "a\\b", "a\nb", "a\x00"),
        *("a\u202eb", "ümlaut", "a..b", " a", "a ", "a:b", "x" * 201, "a/-b", "a*", "~a", "@{-1}"),
    ],
)
def test_what_could_leave_its_folder_is_no_slug(slug):
    assert not is_slug(slug)
    with pytest.raises(PlugwatchError, match="cannot be a plugin's name"):
        Component.parse(f"plugin/{slug}")


def test_components_sort_by_kind_and_slug():
    names = ["theme/a", "plugin/b", "core", "plugin/a", "mu-plugin/z.php", "dropin/x.php"]

    assert [str(c) for c in sorted(map(Component.parse, names))] == [
        *("core", "dropin/x.php", "mu-plugin/z.php", "plugin/a", "plugin/b", "theme/a")
    ]


@settings(deadline=None, max_examples=300)
@given(st.sampled_from([kind for kind in KINDS if kind != "core"]), st.text(max_size=20))
def test_any_slug_is_safe_in_a_path_or_refused(kind, slug):
    try:
        component = Component.parse(f"{kind}/{slug}")
    except PlugwatchError:
        return
    assert component == Component(kind, slug)
    assert not set(slug) & set('\\:*?"<>|\0\n\r\t')
    assert ".." not in slug
    assert not slug.startswith(("-", ".", "/", " "))

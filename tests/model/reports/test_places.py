from __future__ import annotations

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from plugwatch.model.reports.places import component_page, file_name, fork_page, incident_page

ALIKE = (
    "plugin/LayerSlider",
    "plugin/layerslider",
    "plugin/layer-slider",
    "plugin/layer_slider",
    "plugin/layer slider",
)


def test_a_plain_name_can_be_read_in_the_address():
    assert component_page("plugin/tidy-forms") == "components/plugin-tidy-forms.html"
    assert fork_page("mu-plugin/ours") == "forks/mu-plugin-ours.html"
    assert [component_page(name) for name in ("core", "php")] == ["components/core.html", "components/php.html"]
    assert incident_page("INC-3") == "incidents/INC-3.html"


def test_names_that_a_file_system_may_take_for_one_have_pages_of_their_own():
    assert len({file_name(name).lower() for name in ALIKE}) == len(ALIKE)
    assert file_name("plugin/a/b.php") != file_name("plugin/a-b.php")
    assert file_name("plugin/" + "a" * 180) != file_name("plugin/" + "a" * 181)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(max_size=12).map("plugin/".__add__) | st.text(max_size=300), unique=True, max_size=6))
def test_any_name_is_one_safe_file_name_and_no_two_are_alike(names):
    made = [file_name(name) for name in names]

    assert all(re.fullmatch(r"[a-z0-9][a-z0-9-]*(\.[0-9a-f]{16})?\.html", one) for one in made)
    assert all(len(one) < 130 for one in made)
    assert len(set(made)) == len(names)

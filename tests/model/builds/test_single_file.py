"""What is installed as one PHP file, and where that goes."""

from __future__ import annotations

import pytest

from plugwatch.model.builds.single_file import installed_alone, installed_as
from plugwatch.model.component import Component


@pytest.mark.parametrize(
    ("component", "files", "place"),
    [
        ("plugin/hello", ["hello.php"], "plugins/hello.php"),
        ("mu-plugin/tweaks.php", ["tweaks.php"], "mu-plugins/tweaks.php"),
        ("dropin/object-cache.php", ["object-cache.php"], "object-cache.php"),
        ("plugin/hello", ["hello.php", "readme.txt"], None),
        ("plugin/hello", ["inc/hello.txt"], None),
        ("plugin/bundle/second", ["second.php"], None),
        ("theme/linen", ["style.css"], None),
        ("plugin/hello", [], None),
    ],
)
def test_one_php_file_takes_the_place_of_the_installed_one(component: str, files: list[str], place: str | None) -> None:
    parsed = Component.parse(component)
    assert installed_alone(parsed, files) == (place is not None)
    if place:
        assert installed_as(parsed, files) == place

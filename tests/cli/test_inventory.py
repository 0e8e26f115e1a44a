from __future__ import annotations

import re

import pytest

from plugwatch.model.inventory import STATUSES

DOCUMENT = {
    "format": str,
    "wordpress_version": (str, None),
    "php_version": (str, None),
    "components": [
        {
            "kind": {"plugin", "theme", "mu-plugin", "dropin"},
            "slug": (str, None),
            "name": (str, None),
            "version": (str, None),
            "status": set(STATUSES),
            "update_version": (str, None),
            "auto_update": (bool, None),
            "sign": (str, None),
        }
    ],
    "unparsed": [{"line": int, "text": str}],
    "warnings": [str],
}


@pytest.mark.parametrize(
    ("file", "form"),
    [
        ("brightside-shop.json", "wpcli-json"),
        ("brightside-blog.csv", "wpcli-csv"),
        ("northgate-dental.txt", "wpcli-table"),
        ("northgate-jobs.tsv", "wpcli-tsv"),
        ("oakridge-choir.toml", "plugwatch-toml"),
    ],
)
def test_each_list_of_the_example_is_read_without_a_workspace(plugwatch, conforms, file, form, request):
    path = request.path.parents[2] / "examples" / "sites" / file

    read = plugwatch("inventory", "read", path, "--json")

    conforms(read.json, DOCUMENT)
    assert read.json["format"] == form
    assert read.json["unparsed"] == []
    assert len(read.json["components"]) > 10


def test_the_table_goes_to_stdout_and_the_rest_to_stderr(plugwatch, request):
    path = request.path.parents[2] / "examples" / "sites" / "brightside-shop.json"

    read = plugwatch("inventory", "read", path)

    assert read.out.splitlines()[0] == "KIND\tSLUG\tNAME\tVERSION\tSTATUS\tUPDATE VERSION\tSIGN"
    assert len(read.out.splitlines()) == 16
    assert "wpcli-json: 15 components" in read.err
    assert re.search(r"next: plugwatch site import SITE \S+", read.err)


def test_a_format_can_be_named(plugwatch, tmp_path):
    path = tmp_path / "list.txt"
    path.write_text("name,status,update,version\nakismet,active,none,5.3\n", encoding="utf-8")

    assert plugwatch("inventory", "read", path, "--as", "wpcli-csv", "--type", "themes", "--json").json[
        "components"
    ] == [
        {
            "kind": "theme",
            "slug": "akismet",
            "name": None,
            "version": "5.3",
            "status": "active",
            "update_version": None,
            "auto_update": None,
            "sign": None,
        }
    ]
    assert (
        "'nonsense' is no format; known are wpcli-table"
        in plugwatch("inventory", "read", path, "--as", "nonsense", code=1).err
    )
    assert "--type" in plugwatch("inventory", "read", path, "--type", "nonsense", code=2).err

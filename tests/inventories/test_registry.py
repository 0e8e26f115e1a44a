"""Finding the format, reading paths, and refusing everything else in one sentence."""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugwatch.errors import InputError
from plugwatch.inventories.containers import Hints
from plugwatch.inventories.registry import FORMATS, read, read_path

CSV = b"name,status,version\nacme,must-use,1.2\n"
TSV = CSV.replace(b",", b"\t")
JSON = b'[{"name":"acme","status":"must-use","version":"1.2"}]'
TABLE = b"+--+\n| name | status | version |\n+--+\n| acme | must-use | 1.2 |\n+--+\n"
TOML = b'[mu-plugins]\n"acme.php" = "1.2"\n'
TEXTS = {"wpcli-csv": CSV, "wpcli-tsv": TSV, "wpcli-json": JSON, "wpcli-table": TABLE, "plugwatch-toml": TOML}


@pytest.mark.parametrize("fmt", TEXTS)
def test_every_format_is_found_and_can_be_named(fmt: str) -> None:
    for named in (None, fmt):
        inventory = read(TEXTS[fmt], source="x", fmt=named)
        assert inventory.format == fmt
        assert [(row.kind, row.slug, row.version) for row in inventory.components] == [("mu-plugin", "acme.php", "1.2")]


def test_the_formats_are_those_of_the_command_lines_contract() -> None:
    contract = """
    wpcli-table wpcli-tsv wpcli-csv wpcli-json wpcli-yaml wpcli-status wpcli-all site-health woocommerce-status
    elementor-info edd-info composer-lock composer-json rest-plugins rest-themes csv slug-list markdown-table
    plugwatch-toml folder
    """
    assert sorted(FORMATS) == sorted(contract.split())


def test_an_unknown_text_is_described_with_the_formats_to_name() -> None:
    with pytest.raises(InputError) as error:
        read(b"\nThe shop is down\nsince noon\n", source="mail.txt")
    assert str(error.value) == (
        "mail.txt: it is no list that plugwatch knows (3 lines, beginning 'The shop is down'); "
        f"name its format with --as: {', '.join(FORMATS)}"
    )


def test_two_formats_in_one_text_must_be_told_apart_by_a_person() -> None:
    with pytest.raises(InputError, match=r"looks like .*say which with --as wpcli-\w+ or --as wpcli-\w+"):
        read(CSV + b"\n" + TABLE, source="x")
    assert read(CSV + b"\n" + TABLE, source="x", fmt="wpcli-csv").components[0].slug == "acme.php"


@pytest.mark.parametrize(
    ("fmt", "list_type", "said"),
    [
        ("xml", None, "'xml' is no format; known are"),
        (None, "widgets", "'widgets' is no type of list"),
        ("folder", None, "it is no folder"),
        ("wpcli-json", None, "no wpcli-json list stands in it"),
        ("wpcli-table", None, "no wpcli-table list stands in it"),
        ("plugwatch-toml", None, "it is no valid TOML"),
    ],
)
def test_choices_that_do_not_fit_are_refused(fmt: str | None, list_type: str | None, said: str) -> None:
    with pytest.raises(InputError, match=f"^x: .*{said}"):
        read(CSV, source="x", fmt=fmt, hints=Hints(list_type))


def test_paths_are_read_by_what_they_are(tmp_path: Path) -> None:
    (tmp_path / "list").write_bytes(CSV)
    assert read_path(tmp_path / "list").format == "wpcli-csv"
    for path, fmt, said in (
        (tmp_path / "missing", None, "no such file or folder"),
        (tmp_path, None, "no plugins or themes were found in it"),
        (tmp_path, "wpcli-csv", "it is a folder, which cannot be read as wpcli-csv"),
        (tmp_path / "list" / "x", None, "it cannot be read"),
        (tmp_path / "list", "folder", "it is no folder"),
        (tmp_path / "\0", None, "it cannot be read"),
    ):
        with pytest.raises(InputError) as error:
            read_path(path, fmt=fmt)
        assert str(error.value).startswith(f"{path}: {said}")


def test_a_pipe_is_read_like_a_file(tmp_path: Path) -> None:
    reader, writer = os.pipe()
    os.write(writer, CSV)
    os.close(writer)
    try:
        assert read_path(Path(f"/dev/fd/{reader}")).format == "wpcli-csv"
    finally:
        os.close(reader)


NOISE = b"The quick brown fox, having a name and a file, jumps | over \t the lazy dog {[(\"')]}\n"

HOSTILE = {
    "noise": NOISE * 90_000,
    "one long line": b"name," * 1_600_000,
    "tabs": b"name\t" * 1_600_000,
    "bars": b"|name" * 1_600_000 + b"|",
    "brackets": b"[{" * 4_000_000,
    "nested toml": b'wordpress = "6.9"\na = ' + b"[" * 200_000,
    "long number in toml": b'wordpress = "6.9"\na = ' + b"1" * 1_000_000,
    "dotted keys": b"[plugins]\n" + b"a." * 50_000 + b"b = 1",
    "notices only": b"PHP Notice: x in /srv/wp-content/plugins/acme-forms/acme-forms.php on line 3\n" * 50_000,
    "50 MB": NOISE * (50_000_000 // len(NOISE)),
    "random bytes": random.Random(1).randbytes(1_000_000),
    "zip": b"PK\x03\x04" + random.Random(2).randbytes(1000),
    "html": b"<!doctype html><title>Log in</title>" + b"<p>name,status</p>\n" * 1000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_input_is_refused_in_one_sentence_that_names_the_source(name: str) -> None:
    with pytest.raises(InputError) as error:
        read(HOSTILE[name], source="evil.txt")
    assert str(error.value).startswith("evil.txt")
    assert "\n" not in str(error.value)
    assert len(str(error.value)) < 500


@settings(max_examples=150, deadline=None)
@given(
    st.one_of(
        st.binary(max_size=300),
        st.text(alphabet="name,statu\t|+-{}[]\":=\n '>`@file0.1", max_size=300).map(str.encode),
        st.tuples(st.sampled_from(list(TEXTS.values())), st.integers(0, 60), st.binary(max_size=8)).map(
            lambda case: case[0][: case[1]] + case[2] + case[0][case[1] :]
        ),
    ),
    st.sampled_from([None, *TEXTS]),
    st.sampled_from([None, "plugins", "themes"]),
)
def test_any_bytes_give_an_inventory_or_one_sentence(data: bytes, fmt: str | None, list_type: str | None) -> None:
    try:
        inventory = read(data, source="x", fmt=fmt, hints=Hints(list_type))
    except InputError as error:
        said = str(error)
    else:
        said = "x"
        assert all(row.slug or row.name for row in inventory.components)
    assert said.startswith("x")
    assert "\n" not in said

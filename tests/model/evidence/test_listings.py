"""Lists of files with their sums: every form that people and sites hand over, and the hostile ones."""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugwatch.errors import InputError, PlugwatchError
from plugwatch.model.component import Component
from plugwatch.model.evidence.listings import MOST_FILES, parse_listing

TIDY = Component("plugin", "tidy-forms")
A, B = "a" * 64, "b" * 64
WEB, APP = "/var/www/html/wp-content/plugins", "/web/app/plugins"
WINDOWS = r"C:\site\wp-content\plugins\tidy-forms"


def parse(text: str, component: Component = TIDY):
    return parse_listing(text.split("\n"), component, "the list")


def own(*rows: object, files: int | None = None, slug: str = "tidy-forms") -> str:
    """What listing.php prints."""
    head = {"plugwatch-listing": 1, "kind": "plugin", "slug": slug, "there": True, "version": "1.2.3"}
    end = {"plugwatch-listing": "end", "files": len(rows) if files is None else files, "skipped": []}
    return "\n".join(json.dumps(row) for row in (head, *rows, end))


@pytest.mark.parametrize(
    "text",
    [
        f"{A}  {WEB}/tidy-forms/a/x.php\n{B}  {WEB}/tidy-forms/y.php\n{A}  {WEB}/other/z.php\n",
        f"{A} *tidy-forms/a/x.php\r\n{B} *tidy-forms/y.php\r\n",
        f"{A}  ./a/x.php\n{B}  ./y.php\n",
        f"{A}  a//x.php\n{B}  y.php\n",
        f"SHA256 (tidy-forms/a/x.php) = {A}\nSHA256 (tidy-forms/y.php) = {B.upper()}\n",
        f"{A}  {WINDOWS}\\a\\x.php\n{B}  {WINDOWS}\\y.php",
        f"motd: welcome!\n{A}  a/x.php\n{B}  y.php\nbye\n",
        f"{A}  /srv/tidy-forms{APP}/tidy-forms/a/x.php\n{B}  /srv/tidy-forms{APP}/tidy-forms/y.php",
        own([A, "a/x.php"], [B, "y.php"]),
        "noise without end " + "\n" + own([A, "a/x.php"], [B, "y.php"]) + "\nPHP Notice: something",
    ],
)
def test_every_form_of_a_list_gives_the_files_below_the_components_folder(text):
    assert parse(text).files == {"a/x.php": A, "y.php": B}


def test_md5_is_known_by_the_length_of_its_sums():
    assert parse(f"{'c' * 32}  ./y.php").algorithm == "md5"


@pytest.mark.skipif(shutil.which("sha256sum") is None, reason="no coreutils")
def test_what_sha256sum_itself_prints_of_odd_names_is_read(tmp_path):
    names = ["plain.php", "two words.php", "line\nend.php", "back\\slash.php", " lead.php", "ünï.php"]
    for name in names:
        (tmp_path / name).write_bytes(name.encode())
    printed = subprocess.run(["sha256sum", "--", *names], cwd=tmp_path, capture_output=True, check=True).stdout

    files = parse(printed.decode()).files

    assert files == {name: hashlib.sha256(name.encode()).hexdigest() for name in names}


def test_names_that_are_no_utf8_are_those_of_the_forks_trees():
    raw = b"caf\xe9.php"
    ours = parse(own([A, "", base64.b64encode(raw).decode()])).files
    theirs = parse(f"{A}  {raw.decode('utf-8', 'surrogateescape')}").files

    assert ours == theirs == {raw.decode("utf-8", "surrogateescape"): A}


@pytest.mark.parametrize("path", ["../../wp-config.php", "a/../../x.php", "x\0.php"])
def test_a_path_that_leads_out_is_not_taken_and_said(path):
    listing = parse(f"{A}  y.php\n{B}  {path}")

    assert listing.files == {"y.php": A}
    assert "lead out" in listing.warnings[0]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"{A}  y.php\n{B}  ./y.php", "twice"),
        (f"{A}  y.php\n{'c' * 32}  x.php", "several kinds"),
        (f"{'c' * 40}  y.php", "neither SHA-256 nor MD5"),
        (f"{A}  /a/wp-content/plugins/tidy-forms/y.php\n{A}  /b/wp-content/plugins/tidy-forms/y.php", "several places"),
        ("plugin_name\tfile\tmessage\ntidy-forms\ty.php\tChecksum does not match\n", "verify-checksums"),
        ("Success: Verified 1 of 1 plugins.\nError: No plugins verify against checksums", "verify-checksums"),
        ("nothing of use", "no line"),
        ("", "no line"),
        (own([A, "y.php"], slug="other"), "another component"),
        (own([A, "y.php"], files=2), "cut off"),
        (own([A, "y.php"]).rpartition("\n")[0], "cut off"),
        (own([A, "y.php"]).partition("\n")[2], "cut off"),
        (own(), "no file"),
    ],
)
def test_a_list_that_cannot_be_trusted_is_refused_in_a_sentence(text, said):
    with pytest.raises(InputError, match=said):
        parse(text)


def test_a_list_of_all_plugins_has_no_files_of_one_that_is_not_in_it():
    with pytest.raises(InputError, match=r"no file of mu-plugin/absent\.php"):
        parse(f"{A}  /w/wp-content/mu-plugins/other.php", Component("mu-plugin", "absent.php"))


@pytest.mark.parametrize(
    ("component", "path"),
    [
        (Component("mu-plugin", "tweaks.php"), "/w/wp-content/mu-plugins/tweaks.php"),
        (Component("dropin", "object-cache.php"), "/w/wp-content/object-cache.php"),
        (Component("plugin", "hello"), "/w/wp-content/plugins/hello.php"),
        (Component("mu-plugin", "tweaks.php"), "tweaks.php"),
    ],
)
def test_a_single_file_is_found_among_strangers(component, path):
    listing = parse(f"{A}  {path}\n{B}  {path.rpartition('/')[0]}/stranger.php", component)

    assert listing.files == {path.rpartition("/")[2]: A}


def test_a_theme_is_below_themes():
    assert parse(f"{A}  /w/wp-content/themes/tidy/style.css", Component("theme", "tidy")).files == {"style.css": A}


def test_names_that_differ_in_case_only_stay_two_files():
    assert len(parse(f"{A}  Y.php\n{B}  y.php").files) == 2


def test_a_hundred_thousand_files_are_read():
    text = "\n".join(f"{number:064x}  {WEB}/tidy-forms/d{number % 999}/f{number}.php" for number in range(100_000))

    assert len(parse(text).files) == 100_000


def test_a_list_without_end_is_stopped():
    def endless():
        number = 0
        while number <= MOST_FILES + 10:
            number += 1
            yield "noise"
        raise AssertionError("read on")

    with pytest.raises(InputError, match="more than"):
        parse_listing(endless(), TIDY, "the list")


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.one_of(st.text(max_size=60), st.builds("{}  {}".format, st.sampled_from([A, B]), st.text(max_size=30))))
)
def test_no_text_breaks_it_and_no_path_leads_out(lines):
    try:
        files = parse("\n".join(lines)).files
    except PlugwatchError:
        return
    assert files
    assert not any(".." in path.split("/") or path.startswith("/") for path in files)

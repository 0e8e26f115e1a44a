"""The sums of files from where they lie: folders, ZIPs, and sites on which real PHP lists them."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import IO

import pytest
from workbench import plugin, write_files, zip_files

from plugwatch.delivery.listing import list_folder, list_site, list_zip, read_lines
from plugwatch.errors import InputError, NotFoundError, PlugwatchError, UnknownError
from plugwatch.model.component import Component

TIDY = Component("plugin", "tidy-forms")
SUMS = {path: hashlib.sha256(content).hexdigest() for path, content in plugin().items()}
PHP = shutil.which("php")
needs_php = pytest.mark.skipif(PHP is None, reason="no PHP")


class PlainPhp:
    """The shell of a site that is nothing but PHP and a wp-content folder."""

    def __init__(self, content: Path, noise: str = "") -> None:
        self.content, self.noise = content, noise

    def php(self, code, values=(), *, stdin: object = None, out: IO[bytes] | None = None, timeout: float = 60) -> bytes:
        places = {"WP_PLUGIN_DIR": "plugins", "WPMU_PLUGIN_DIR": "mu-plugins"}
        lines = [f"define('{name}', {json.dumps(str(self.content / below))});" for name, below in places.items()]
        lines.append(f"define('WP_CONTENT_DIR', {json.dumps(str(self.content))});")
        lines.append("function get_theme_root() { return WP_CONTENT_DIR . '/themes'; }")
        lines.append(f"$plugwatch = json_decode({json.dumps(json.dumps(dict(values)))}, true);")
        program = "".join(lines) + code.removeprefix("<?php")
        done = subprocess.run(
            [PHP or "php", "-n"], input=f"<?php {program}".encode(), stdout=subprocess.PIPE, check=True
        )
        assert out is not None
        out.write(self.noise.encode() + done.stdout)
        return b""


@pytest.fixture
def content(tmp_path):
    write_files(tmp_path / "plugins" / "tidy-forms", plugin())
    return tmp_path


def test_a_folder_is_listed_with_the_version_of_its_header(tmp_path):
    write_files(tmp_path / "x", plugin())
    listing = list_folder(tmp_path / "x", TIDY, "here")

    assert (listing.files, listing.version, listing.warnings) == (SUMS, "1.0.0", ())


def test_no_link_is_followed_out_and_each_is_named(tmp_path):
    folder = write_files(tmp_path / "x", plugin())
    secret = tmp_path / "secret.php"
    secret.write_text("<?php secret();")
    (folder / "out.php").symlink_to(secret)
    (folder / "up").symlink_to(tmp_path)
    (folder / "loop").symlink_to(folder)
    (folder / "own.php").symlink_to("tidy-forms.php")
    os.mkfifo(folder / "pipe.php")
    listing = list_folder(folder, TIDY, "here")

    assert listing.files == {**SUMS, "own.php": SUMS["tidy-forms.php"]}
    assert "4 entries not read" in listing.warnings[0]


def test_a_large_file_is_read_to_its_end(tmp_path):
    data = os.urandom(3 << 20)
    write_files(tmp_path / "x", {"a.bin": data})

    assert list_folder(tmp_path / "x", TIDY, "here").files == {"a.bin": hashlib.sha256(data).hexdigest()}


def test_a_single_file_is_listed_by_its_name(tmp_path):
    write_files(tmp_path, {"hello.php": b"<?php\n/* Plugin Name: Hello\n * Version: 1.7 */\n"})
    listing = list_folder(tmp_path / "hello.php", Component("plugin", "hello"), "here")

    assert (list(listing.files), listing.version) == (["hello.php"], "1.7")


def test_an_empty_folder_is_unknown(tmp_path):
    with pytest.raises(UnknownError):
        list_folder(tmp_path, TIDY, "here")


def test_a_zip_is_listed_without_its_one_folder(tmp_path):
    listing = list_zip(zip_files(tmp_path / "a.zip", plugin()), TIDY)

    assert (listing.files, listing.version) == (SUMS, "1.0.0")


@pytest.mark.parametrize(
    ("files", "top"),
    [({"../../x.php": b""}, "tidy-forms"), ({"a\\b.php": b""}, "tidy-forms"), ({"x.php": b"", "/y.php": b""}, "a")],
)
def test_a_zip_with_a_path_that_leads_out_is_refused(tmp_path, files, top):
    with pytest.raises(InputError):
        list_zip(zip_files(tmp_path / "a.zip", files, top=top), TIDY)


def test_what_is_no_zip_is_refused(tmp_path):
    (tmp_path / "a.zip").write_bytes(b"PK\3\4 no more")
    with pytest.raises(InputError, match=r"a\.zip"):
        list_zip(tmp_path / "a.zip", TIDY)


@needs_php
def test_php_lists_what_python_lists(content):
    folder = content / "plugins" / "tidy-forms"
    (folder / "up").symlink_to(content)
    (folder / "own.php").symlink_to("tidy-forms.php")
    (folder / "out.php").symlink_to("/etc/hostname")
    (folder / b"caf\xe9.php".decode("utf-8", "surrogateescape")).write_bytes(b"<?php\n")
    listing = list_site(PlainPhp(content, "Notice: noise"), TIDY, "site 'shop'")

    assert listing.files == list_folder(folder, TIDY, "here").files
    assert (listing.version, listing.algorithm) == ("1.0.0", "sha256")
    assert any("2 entries not read" in warning for warning in listing.warnings)


@needs_php
@pytest.mark.parametrize(
    ("component", "files"),
    [
        ("theme/tidy", {"themes/tidy/style.css": b"/*\nTheme Name: Tidy\nVersion: 2.1\n*/\n"}),
        ("mu-plugin/tweaks.php", {"mu-plugins/tweaks.php": b"<?php\n/* Plugin Name: T\nVersion: 2.1 */\n"}),
        ("dropin/object-cache.php", {"object-cache.php": b"<?php\n/* Plugin Name: T\nVersion: 2.1 */\n"}),
        ("plugin/hello", {"plugins/hello.php": b"<?php\n/* Plugin Name: T\nVersion: 2.1 */\n"}),
    ],
)
def test_php_lists_every_kind_of_component(tmp_path, component, files):
    write_files(tmp_path, files)
    listing = list_site(PlainPhp(tmp_path), Component.parse(component), "site 'shop'")

    assert list(listing.files) == [Path(path).name for path in files]
    assert listing.version == "2.1"


@needs_php
def test_what_is_not_installed_is_said(content):
    with pytest.raises(NotFoundError, match="not installed"):
        list_site(PlainPhp(content), Component("plugin", "absent"), "site 'shop'")


class Answering:
    """A shell whose site answers whatever it likes."""

    def __init__(self, answer: bytes) -> None:
        self.answer = answer

    def php(self, code, values=(), *, stdin: object = None, out: IO[bytes] | None = None, timeout: float = 60) -> bytes:
        assert out is not None
        out.write(self.answer)
        return b""


HEAD = b'{"plugwatch-listing":1,"kind":"plugin","slug":"tidy-forms","there":true,"version":"1.0.0"}\n'


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"Fatal error: something",
        HEAD,
        HEAD + b'["%s","x.php"]\n' % (b"a" * 64),
        HEAD + b'["%s","x.php"]\n{"plugwatch-listing":"end","files":9,"skipped":[]}\n' % (b"a" * 64),
        HEAD + b'["short","x.php"]\n{"plugwatch-listing":"end","files":1,"skipped":[]}\n',
        HEAD.replace(b"tidy-forms", b"other") + b'["%s","x.php"]\n' % (b"a" * 64),
        b"x" * 100_000,
        b'["' * 50_000,
    ],
)
def test_an_answer_that_is_no_whole_list_is_unknown_and_never_fine(answer):
    with pytest.raises(UnknownError):
        list_site(Answering(answer), TIDY, "site 'shop'")


@pytest.mark.parametrize("path", ["../../../wp-config.php", "/etc/passwd/../x", "a\u0000.php"])
def test_paths_of_a_site_that_lead_out_are_dropped(path):
    rows = b"".join(json.dumps(["a" * 64, name]).encode() + b"\n" for name in ("y.php", path))
    listing = list_site(Answering(HEAD + rows + b'{"plugwatch-listing":"end","files":2}\n'), TIDY, "site 'shop'")

    assert list(listing.files) == ["y.php"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_lists_in_files_are_read_in_the_encodings_of_their_makers(tmp_path, encoding):
    (tmp_path / "list").write_bytes(f"{'a' * 64}  ünï.php\n".encode(encoding))

    assert next(read_lines(tmp_path / "list")).strip() == f"{'a' * 64}  ünï.php"


def test_a_file_that_is_no_folder_is_no_crash(tmp_path):
    with pytest.raises(PlugwatchError):
        list_folder(tmp_path / "absent", TIDY, "here")

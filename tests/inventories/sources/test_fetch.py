from __future__ import annotations

import subprocess
import sys

import pytest

from plugwatch.errors import InputError
from plugwatch.inventories.sources.fetch import fetch
from plugwatch.inventories.sources.spec import SourceSite, parse_spec

LIST = "name,status,update,version,update_version,auto_update\nacme-forms,active,none,1.2.3,,off\n"


@pytest.fixture
def site(tmp_path):
    return SourceSite("shop", None, tmp_path)


def test_a_file_of_the_workspace(site, tmp_path):
    (tmp_path / "lists").mkdir()
    (tmp_path / "lists" / "shop.csv").write_text(LIST)

    inventory = fetch(parse_spec("lists/shop.csv"), site)

    assert inventory.format == "wpcli-csv"
    assert [(row.slug, row.version) for row in inventory.components] == [("acme-forms", "1.2.3")]


def test_a_folder_in_the_home(site, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    plugin = tmp_path / "www" / "wp-content" / "plugins" / "acme-forms" / "acme-forms.php"
    plugin.parent.mkdir(parents=True)
    plugin.write_text("<?php\n/*\nPlugin Name: Acme Forms\nVersion: 1.2.3\n*/\n")

    inventory = fetch(parse_spec("~/www"), site)

    assert inventory.format == "folder"
    assert [(row.slug, row.version) for row in inventory.components] == [("acme-forms", "1.2.3")]


def test_a_file_that_is_not_there(site, tmp_path):
    with pytest.raises(InputError, match=r"gone.csv: no such file or folder") as caught:
        fetch(parse_spec("gone.csv"), site)

    assert str(tmp_path) in str(caught.value)


def test_sources_that_ask_nobody_wait_for_no_network_library():
    program = (
        "import sys; import plugwatch.inventories.sources.fetch, plugwatch.inventories.sources.credentials\n"
        "print(*({'requests', 'yaml', 'keyring'} & set(sys.modules)))"
    )

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)

    assert (done.stdout, done.stderr) == ("\n", "")

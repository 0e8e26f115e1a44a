"""What an agency learns of its sites from whatever is pasted over two weeks, by the real commands."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from peers.fake_wp import FakeWp
from peers.wordpress_org import WordPressOrgServer

from plugwatch.cli.main import run

Command = Callable[..., Any]

# In an e-mail, quoted: display names only.
SITE_HEALTH = """> Hello, here is what you asked for:
>
> `
> ### wp-core ###
>
> version: 6.9.1
> site_language: en_US
>
> ### wp-active-theme ###
>
> name: Storefront (storefront)
> version: 4.5.0
> author: Automakers
>
> ### wp-mu-plugins (1) ###
>
> Site Tweaks: version: 0.3, author: (undefined)
>
> ### wp-plugins-active (3) ###
>
> Acme Own: version: 2.0, author: Acme
> Old Thing: version: 0.9, author: Nobody
> Tidy Forms: version: 1.9, author: Maker & Sons
>
> ### wp-plugins-inactive (1) ###
>
> Spare: version: 3.0, author: Maker & Sons, Auto-updates disabled
>
> ### wp-server ###
>
> php_version: 8.2.28 64bit
> `
"""
TABLE = """$ wp plugin list
+-------------+----------+-----------+---------+----------------+-------------+
| name        | status   | update    | version | update_version | auto_update |
+-------------+----------+-----------+---------+----------------+-------------+
| acme-own    | active   | none      | 2.0     |                | off         |
| old-thing   | active   | none      | 0.9     |                | off         |
| spare       | inactive | none      | 3.0     |                | off         |
| tidy-forms  | active   | available | 1.9     | 1.10           | on          |
| site-tweaks | must-use | none      | 0.3     |                | off         |
+-------------+----------+-----------+---------+----------------+-------------+
"""
# WooCommerce's report breaks a line at every comma.
STATUS_REPORT = """`
### WordPress Environment ###

WP Version: 6.9.1

### Active Plugins (3) ###

Acme Own: by Acme – 2.0
Old Thing: by Nobody – 0.9
Tidy Forms: by Maker & Sons – 1.10

### Post Type Counts ###

popup: 42
`
"""
ALL = """@north
{north}@south
{south}@gone
Error: Could not connect.
@east
{east}
"""


@pytest.fixture
def server() -> Iterator[WordPressOrgServer]:
    """WordPress.org knows one of the plugins, has closed another and has never heard of the agency's own."""
    with WordPressOrgServer(themes_together=True) as running:
        running.add_plugin("tidy-forms", versions=["1.2.3", "1.9", "1.10"])
        running.add_plugin("spare", versions=["3.0"])
        running.close_plugin("old-thing", reason="security-issue")
        yield running


@pytest.fixture(params=["sqlite", "postgresql"])
def plugwatch(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    server: WordPressOrgServer,
) -> Command:
    """Run a command line with ``--json``; its document. The ledger is on each engine in turn."""
    if request.param == "postgresql":
        monkeypatch.setenv("PLUGWATCH_DATABASE_URL", request.getfixturevalue("empty_postgres_url"))
    monkeypatch.setenv("PLUGWATCH_USER", "dana")
    monkeypatch.setenv("PLUGWATCH_WORKSPACE", str(tmp_path / "agency"))
    monkeypatch.chdir(tmp_path)
    assert run(["init", "agency", "--agency", "Fernhill Web", "--timezone", "Europe/Berlin"]) == 0
    with (tmp_path / "agency" / "plugwatch.toml").open("a", encoding="utf-8") as settings:
        settings.write(f'\n[wordpress_org]\napi_url = "{server.url}"\ndownloads_url = "{server.url}"\n')

    def ran(*args: object, code: int = 0) -> Any:
        capsys.readouterr()
        ended = run([*map(str, args), "--json"])
        captured = capsys.readouterr()
        assert ended == code, f"plugwatch {args} ended with {ended}\n{captured.out}\n{captured.err}"
        return json.loads(captured.out) if captured.out else None

    return ran


def _paste(folder: Path, text: str) -> Path:
    path = folder / "paste.txt"
    path.write_text(text, encoding="utf-8")
    return path


def _json(*rows: tuple[str, str]) -> str:
    return json.dumps([{"name": n, "status": "active", "update": "none", "version": v} for n, v in rows])


def _a_report_of_names_is_read(plugwatch: Command, folder: Path) -> None:
    plugwatch("site", "add", "shop", "--client", "Acme", "--tier", "shop")
    mail = _paste(folder, SITE_HEALTH)
    first = plugwatch("site", "import", "shop", mail, "--at", "2024-03-01 09:00")
    assert (first["format"], [row["line"] for row in first["unparsed"]]) == ("site-health", [1])
    assert set(first["added"]) == {"plugin/tidy-forms", "plugin/spare", "theme/storefront", "core", "php"}
    assert set(first["unresolved"]) == {"Site Tweaks", "Acme Own", "Old Thing"}
    assert list(first["candidates"]) == ["Old Thing"]
    assert "closed" in first["candidates"]["Old Thing"][0]["why"]
    choices = ("Acme Own=acme-own", "Old Thing=old-thing", "Site Tweaks=site-tweaks.php")
    again = plugwatch(
        *("site", "import", "shop", mail, "--at", "2024-03-01 09:00"),
        *(word for choice in choices for word in ("--resolve", choice)),
    )
    assert again["added"] == ["mu-plugin/site-tweaks.php", "plugin/acme-own", "plugin/old-thing"]
    assert (again["unchanged"], again["unresolved"]) == (5, [])


def _other_pastes_agree(plugwatch: Command, folder: Path, server: WordPressOrgServer) -> None:
    asked = len(server.requests)
    table = plugwatch("site", "import", "shop", _paste(folder, TABLE), "--at", "2024-03-03 09:00")
    assert (table["format"], table["changed"], table["removed"]) == ("wpcli-table", [], [])
    assert table["added"] == []
    report = plugwatch("site", "import", "shop", _paste(folder, STATUS_REPORT), "--at", "2024-03-08 09:00")
    assert (report["format"], report["unresolved"], report["removed"]) == ("woocommerce-status", [], [])
    assert [(row["component"], row["from"], row["to"]) for row in report["changed"]] == [
        ("plugin/tidy-forms", "1.9", "1.10")
    ]
    assert len(server.requests) == asked  # whatever the names stand for is known here by now
    plugwatch("site", "set", "shop", "--wordpress", "6.9.1")


def _many_sites_come_at_once(plugwatch: Command, folder: Path) -> None:
    text = ALL.format(
        north=_json(("tidy-forms", "1.9")),
        south=_json(("tidy-forms", "1.10")),
        east=_json(("tidy-forms", "1.2.3.0-p1")),
    )
    answer = plugwatch(
        *("site", "import", "--all", _paste(folder, text), "--client", "Bolt", "--type", "plugins"),
        *("--at", "2024-03-09 12:00"),
        code=4,
    )
    assert [(row["site"], row["ok"]) for row in answer["sites"]] == [
        *(("@gone", False), ("east", True), ("north", True), ("south", True))
    ]


def _ranges_sort_as_php_sorts(plugwatch: Command) -> None:
    def where(versions: str) -> list[str]:
        rows = plugwatch("component", "where", "tidy", "--version", versions)["installations"]
        return [row["site"] for row in rows]

    assert where(">=1.9") == ["north", "shop", "south"]
    assert where(">1.9") == ["shop", "south"]
    assert where(">=1.2,<1.9") == ["east"]
    [east] = plugwatch("component", "where", "tidy", "--version", "=1.2.3")["installations"]
    assert (east["version"], east["base_version"], east["sign"]) == ("1.2.3.0-p1", "1.2.3", "our-build")


def _a_network_is_one_folder(plugwatch: Command, folder: Path) -> None:
    plugwatch("site", "add", "north-de", "--client", "Bolt", "--network", "north")
    listed = _paste(folder, _json(("tidy-forms", "1.10")))
    answer = plugwatch("site", "import", "north", listed, "--type", "plugins", "--at", "2024-03-10 09:00")
    assert answer["network"] == ["north-de"]
    rows = plugwatch("component", "where", "tidy", "--version", ">=1.10")["installations"]
    assert {row["site"]: row["status"] for row in rows if "north" in row["site"]} == {
        "north": "active",
        "north-de": "unknown",
    }


def _something_breaks(plugwatch: Command) -> None:
    plugwatch("incident", "open", "south", "tidy", "the form is gone", "--at", "2024-03-09 14:00")
    changes = plugwatch("site", "changes", "shop", "--since", "2024-03-02")["changes"]
    tidy = next(row for row in changes if row["component"] == "plugin/tidy-forms")
    assert (tidy["what"], tidy["from"], tidy["to"], tidy["incidents"]) == (["updated"], "1.9", "1.10", ["INC-1"])
    assert tidy["rank"] == 1
    call = plugwatch("incident", "open", "shop", "nobody can write to us", "--at", "2024-03-08 15:00")
    assert (call["incident"], call["component"]) == ("INC-2", None)
    suspect = call["suspects"][0]
    assert suspect["component"] == "plugin/tidy-forms"
    assert suspect["why"][0] == "updated 1.9 → 1.10 6 h before"
    assert "also in INC-1, in this version" in suspect["why"]


def _sites_are_asked_again(plugwatch: Command, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", FakeWp(folder / "bin").path)
    plugwatch("site", "set", "south", "--source", "wp --path=/srv/south")
    plugwatch("site", "set", "east", "--source", folder / "never.json")
    answer = plugwatch("site", "refresh", "--all", "--jobs", "2", code=4)
    rows = {row["site"]: row for row in answer["sites"]}
    assert {name: row["ok"] for name, row in rows.items()} == {"south": True, "east": False}
    assert rows["south"]["removed"] == ["plugin/tidy-forms"]
    assert [row["site"] for row in plugwatch("component", "where", "tidy")["installations"]] == [
        *("east", "north", "north-de", "shop")
    ]


def test_from_many_pastes_to_one_history(
    plugwatch: Command, tmp_path: Path, server: WordPressOrgServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    _a_report_of_names_is_read(plugwatch, tmp_path)
    _other_pastes_agree(plugwatch, tmp_path, server)
    _many_sites_come_at_once(plugwatch, tmp_path)
    _ranges_sort_as_php_sorts(plugwatch)
    _a_network_is_one_folder(plugwatch, tmp_path)
    _something_breaks(plugwatch)
    _sites_are_asked_again(plugwatch, tmp_path, monkeypatch)

    shown = plugwatch("site", "show", "shop")["components"]
    versions = {row["component"]: row["version"] for row in shown}
    assert {
        name: versions[name] for name in ("plugin/acme-own", "plugin/old-thing", "plugin/spare", "core", "php")
    } == {
        "plugin/acme-own": "2.0",
        "plugin/old-thing": "0.9",
        "plugin/spare": "3.0",
        "core": "6.9.1",
        "php": "8.2.28",
    }
    assert plugwatch("component", "show", "old-thing")["wordpress_org"]["state"] == "closed"
    assert plugwatch("component", "show", "acme-own")["wordpress_org"]["state"] == "unknown"

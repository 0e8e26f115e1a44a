"""A client's site on a real WordPress, and the agency that looks after it: for the stories of patched builds.

Not a test itself. Use::

    from client_sites import UPDATES, internet, open_agency
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from peers.live_wordpress import LiveWordPress
from peers.wordpress_org import WordPressOrgServer
from upstreaming import AGENCY, Agency

UPDATES = "https://updates.fernhill.example"


def open_agency(
    folder: Path,
    directory: WordPressOrgServer,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Agency:
    """A workspace that publishes its builds, with one client and no site yet."""
    agency = Agency(folder, capsys, monkeypatch)
    agency.say("init", agency.folder)
    places = {"api_url": directory.url, "downloads_url": directory.url, "forum_url": f"{directory.url}/support"}
    text = f'{AGENCY}\n[builds]\nupdate_uri = "{UPDATES}"\npublish = "public"\n\n[wordpress_org]\n'
    text += "".join(f'{name} = "{url}"\n' for name, url in places.items())
    (folder / "plugwatch.toml").write_text(text, encoding="utf-8")
    agency("client", "add", "brightside", "--name", "Brightside Bikes", "--contact", "Ada Lovelace <ada@bikes.example>")
    return agency


def add_site(agency: Agency, slug: str, site: LiveWordPress, source: str) -> None:
    """The client's site, which is asked by WP-CLI."""
    agency("site", "add", slug, "--client", "brightside", "--url", site.address, "--source", source)
    agency("site", "refresh", slug)


def internet(directory: WordPressOrgServer, space: str) -> dict[str, str | None]:
    """What the site can reach: wordpress.org, and our web space."""
    return {
        "api.wordpress.org": directory.url,
        "downloads.wordpress.org": directory.url,
        "updates.fernhill.example": space,
    }


def evidence(agency: Agency, site: str) -> tuple[str, str, dict[str, str]]:
    """What ``fork verify`` says of the one forked component of a site: state, certainty, and each patch's state."""
    (row,) = agency("fork", "verify", site)["components"]
    return row["state"], row["certainty"], {one["patch"]: one["state"] for one in row["patches"]}


def sites_to_move(agency: Agency) -> dict[str, list[str]]:
    """Which sites still wait for the vendor's release, by patch."""
    rows: list[dict[str, Any]] = agency("today")["to_move"]
    return {row["patch"]: row["sites"] for row in rows}

"""``wp @all plugin list``: one list after the other, each below its site's name, in any of the other formats."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from rendering import wpcli_csv, wpcli_json, wpcli_status, wpcli_table, wpcli_tsv, wpcli_yaml
from rendering.samples import SampleSite, random_site
from rendering.wpcli_lists import Sheet, expect, plugin_sheet, theme_sheet

from plugwatch.model.inventory import Fleet, SiteList

DRAWN: dict[str, Callable[[Sheet], Sequence[str]]] = {
    "wpcli-table": lambda sheet: wpcli_table.draw(sheet, {}),
    "wpcli-tsv": wpcli_tsv.draw,
    "wpcli-csv": wpcli_csv.draw,
    "wpcli-json": wpcli_json.draw,
    "wpcli-yaml": wpcli_yaml.draw,
    "wpcli-status": wpcli_status.draw,
}
FAILURES = (
    (),
    ("Error: Error establishing a database connection. This either means that the username and password are wrong.",),
    (
        "ssh: Could not resolve hostname gone.example: Name or service not known",
        "Error: Cannot connect over SSH using provided configuration.",
    ),
    (
        "Error: This does not seem to be a WordPress installation.",
        "The used path is: /srv/gone/",
        "Pass --path=`path/to/wordpress` or run `wp core download`.",
    ),
)


@dataclass(frozen=True)
class RenderedFleet:
    """A text, and the sites that reading it must give; for an error any text stands."""

    text: str
    expected: Fleet


def render(site: SampleSite, chance: random.Random) -> RenderedFleet:
    """The site among a few others."""
    return render_fleet([site, *(random_site(chance) for _ in range(chance.randint(1, 4)))], chance)


def render_fleet(sites: Sequence[SampleSite], chance: random.Random, *, fmt: str | None = None) -> RenderedFleet:
    """The plugins of all sites, sometimes their themes after that; some fail, and ``@all`` may run a group again."""
    fmt = fmt or chance.choice(list(DRAWN))
    named = {f"@{chance.choice(('shop', 'blog', 'Client_9'))}-{number}.live": site for number, site in enumerate(sites)}
    failed = {name: chance.choice(FAILURES) for name in list(named)[1:] if chance.random() < 0.2}
    columns = wpcli_status.COLUMNS if fmt == "wpcli-status" else None
    runs = [{name: plugin_sheet(site, chance, columns) for name, site in named.items()}]
    if chance.random() < 0.4:
        runs.append({name: theme_sheet(site, chance, columns) for name, site in named.items()})
    group = chance.random() < 0.2
    text = ""
    for run in runs:
        themes = next(iter(run.values())).themes
        if themes or len(runs) > 1 or chance.random() < 0.5:
            run.update({name: replace(sheet, commanded=True) for name, sheet in run.items()})
            text += f"\n$ wp @all {'theme' if themes else 'plugin'} {'status' if fmt == 'wpcli-status' else 'list'}\n"
        for name in [*run, "@group", *run] if group else run:
            text += f"{name}\n"
            if name in failed:
                text += "".join(f"{line}\n" for line in failed[name])
            elif name in run:
                text += "\n".join(DRAWN[fmt](run[name])) + ("" if fmt == "wpcli-json" else "\n")
    return RenderedFleet(text, Fleet("expected", tuple(_expect(name, runs, failed.get(name), fmt) for name in named)))


def _expect(name: str, runs: Sequence[dict[str, Sheet]], failed: Sequence[str] | None, fmt: str) -> SiteList:
    if failed is not None:
        return SiteList(name, None, error="any")
    inventory = expect([run[name] for run in runs])
    return SiteList(name, wpcli_status.without_signs(inventory) if fmt == "wpcli-status" else inventory)

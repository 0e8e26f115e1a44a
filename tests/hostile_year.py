"""The example year with hostile words in every field that people, plugins or vendors fill.

Not a test itself. The ledger's own rules would refuse some of it, so the words go into its tables: what is in there may
be older than a rule, or come from a team's other machine. Use::

    from hostile_year import attack_year
"""

from __future__ import annotations

import itertools
import json
import sqlite3
from contextlib import closing
from pathlib import Path

WORDS = (
    "<script>window.hit = 1</script>",
    '"><img src="https://evil.example/x.png" onerror="window.hit = 1">',
    "' onmouseover='window.hit = 1' x='",
    "</td></table></main><style>body { display: none }</style>",
    "<svg onload=window.hit=1><a xlink:href='javascript:window.hit=1'>x</a></svg>",
    "{{ 7 * 7 }}{% raw %}${window.hit = 1}",
    "]]></script><!--",
    "\u202egnp.exe \u2066\u200b\u0007\u001b[31mred",
    "W" * 3000,
    "a\0b\r\nc\td",
    "[link](javascript:window.hit=1) **bold** | cell | `code`",
    "&lt;b&gt; &amp;amp; &#x3c;script&#x3e;",
    "=HYPERLINK(1)",
    "\ud7ff\ufffd\U0001f468\u200d\U0001f469\u200d\U0001f467 \u0e33\u0e33\u0e33",
)
ADDRESSES = (
    "javascript:window.hit=1",
    "data:text/html,<script>window.hit=1</script>",
    "//evil.example/x",
    "https://evil.example/a b\"onmouseover='window.hit=1'",
    "https://evil.example/<script>window.hit=1</script>",
    " \tjava\nscript:window.hit=1",
    "file:///etc/passwd",
)
# Every column that holds words of somebody. Ids, states and times are ours alone.
COLUMNS = {
    "client": ("name",),
    "contact": ("name",),
    "component": ("name",),
    "vendor": ("name",),
    "incident": ("title", "version", "affected", "steps", "expected", "actual", "workaround", "assignee"),
    "incident_words": ("body",),
    "incident_link": ("note",),
    "client_call": ("caller", "words", "ticket", "actor"),
    "impact": ("detail", "actor"),
    "event": ("body", "actor"),
    "hold": ("versions", "reason", "until", "actor", "lifted_why"),
    "message": ("subject", "body"),
    "patch": ("title", "origin"),
    "stance": ("reason",),
    "post": ("title", "body", "url", "remote_url"),
    "submission": ("target", "fixed_in"),
    "submission_change": ("note",),
    "remark": ("who", "words"),
    "feedback": ("words",),
    "check_finding": ("summary",),
    "site": ("url",),
}


# It stands on every page, and no longer one can be set.
AGENCY = "</title><script>window.hit=1</script>\u202e" + "W" * 100


def attack_year(folder: Path) -> None:
    """Make an attack of every word in a workspace with the example year."""
    settings = folder / "plugwatch.toml"
    settings.write_text(settings.read_text().replace('name = "Fernhill Web"', f"name = {json.dumps(AGENCY)}", 1))
    with closing(sqlite3.connect(folder / "plugwatch.db")) as connection, connection:
        _write_holds(connection)
        _write_words(connection)
        _write_addresses(connection)


def _write_holds(connection: sqlite3.Connection) -> None:
    """The year has none: one that stands for each component, one that was lifted, and one of the oldest incident."""
    components = [row[0] for row in connection.execute("select id from component order by id")]
    incidents = [row[0] for row in connection.execute("select id from incident order by number")]
    for number, component in enumerate(components):
        for kind, lifted in (("open", None), ("lifted", "2026-11-20T09:00:00Z")):
            connection.execute(
                "insert into hold (id, component_id, versions, reason, incident_id, until, actor, at, lifted_at, "
                "lifted_by, lifted_why) values (?, ?, '>=1', 'x', ?, 'x', 'x', ?, ?, ?, ?)",
                (
                    f"hold-{kind}-{number}",
                    component,
                    incidents[number % len(incidents)],
                    "2026-11-02T09:00:00Z",
                    lifted,
                    lifted and "x",
                    lifted and "x",
                ),
            )


def _write_words(connection: sqlite3.Connection) -> None:
    words = itertools.cycle(WORDS)
    for table, columns in COLUMNS.items():
        known = {row[1] for row in connection.execute(f"pragma table_info({table})")}
        for column in known.intersection(columns):
            for (row,) in connection.execute(f"select rowid from {table} where {column} is not null").fetchall():
                connection.execute(f"update {table} set {column} = ? where rowid = ?", (next(words), row))
    for (row,) in connection.execute("select rowid from installation where closed_at is null").fetchall()[::2]:
        text = next(words)[:200]
        connection.execute("update installation set version = ?, base_version = ? where rowid = ?", (text, text, row))


def _write_addresses(connection: sqlite3.Connection) -> None:
    """Where things lie on the web, as trackers and people have told us."""
    addresses = itertools.cycle(ADDRESSES)
    for table in ("submission", "post"):
        for (row,) in connection.execute(f"select rowid from {table}").fetchall():
            connection.execute(f"update {table} set remote_url = ? where rowid = ?", (next(addresses), row))

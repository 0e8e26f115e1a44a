"""The example year with hostile words in every field that people, plugins or vendors fill.

Not a test itself. The ledger's own rules would refuse some of it, so the words go into its tables: what is in there may
be older than a rule, or come from a team's other machine. Use::

    from hostile_year import write_hostile_year
"""

from __future__ import annotations

import itertools
import sqlite3
from contextlib import closing
from pathlib import Path

from example_year import write_year

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
# Every column that holds words of somebody. Ids, states and times are ours alone.
COLUMNS = {
    "client": ("name",),
    "contact": ("name",),
    "component": ("name",),
    "vendor": ("name",),
    "incident": ("title", "steps", "expected", "actual", "workaround", "assignee"),
    "incident_words": ("body",),
    "incident_link": ("note",),
    "client_call": ("caller", "words", "ticket"),
    "impact": ("detail",),
    "event": ("body", "actor"),
    "hold": ("reason", "until"),
    "message": ("subject", "body"),
    "patch": ("title",),
    "stance": ("reason",),
    "post": ("title", "body", "url", "remote_url"),
    "submission_change": ("note",),
    "remark": ("who", "words"),
    "feedback": ("words",),
    "check_finding": ("summary",),
    "site": ("url",),
}


def write_hostile_year(folder: Path) -> None:
    """A workspace with the year, every word of which is an attack."""
    write_year(folder)
    words = itertools.cycle(WORDS)
    with closing(sqlite3.connect(folder / "plugwatch.db")) as connection, connection:
        for table, columns in COLUMNS.items():
            known = {row[1] for row in connection.execute(f"pragma table_info({table})")}
            for column in known.intersection(columns):
                for (row,) in connection.execute(f"select rowid from {table} where {column} is not null").fetchall():
                    connection.execute(f"update {table} set {column} = ? where rowid = ?", (next(words), row))
        for (row,) in connection.execute("select rowid from installation where closed_at is null").fetchall()[::2]:
            text = next(words)[:200]
            connection.execute(
                "update installation set version = ?, base_version = ? where rowid = ?", (text, text, row)
            )

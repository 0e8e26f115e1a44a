"""Reading SQL text just far enough: where a statement ends, and where a parameter stands."""

from __future__ import annotations

import re

# Literals, quoted names and comments come first so that nothing inside them is taken for a parameter or an end.
_TOKEN = re.compile(
    r"""(?P<literal>'(?:[^']|'')*' | "(?:[^"]|"")*")
      | (?P<comment>--[^\n]* | /\*.*?\*/)
      | (?P<cast>::)
      | (?<!\w):(?P<parameter>[A-Za-z_]\w*)
      | (?P<percent>%)
      | (?P<end>;)""",
    re.DOTALL | re.VERBOSE,
)


def to_pyformat(sql: str) -> str:
    """The query in psycopg's style: ``:name`` becomes ``%(name)s`` and every literal ``%`` is doubled."""

    def translate(match: re.Match[str]) -> str:
        if match["parameter"]:
            return f"%({match['parameter']})s"
        return "" if match["comment"] else match[0].replace("%", "%%")

    return _TOKEN.sub(translate, sql)


def statements(sql: str) -> list[str]:
    """The single statements of a script, without comments; the last one may lack its semicolon."""
    found, part, done = [], "", 0
    for match in _TOKEN.finditer(sql):
        if match["comment"] or match["end"]:
            part, done = part + sql[done : match.start()], match.end()
        if match["end"]:
            found.append(part.strip())
            part = ""
    found.append((part + sql[done:]).strip())
    return [statement for statement in found if statement]

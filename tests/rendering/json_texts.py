"""How JSON arrives: compact or laid out, escaped or not, in a fence, a quote, a terminal, a file of Windows."""

from __future__ import annotations

import json
import random

BEFORE = (
    "",
    "PHP Notice:  Undefined index: acme in /srv/site/wp-content/plugins/acme-forms/acme-forms.php on line 7",
    "Deprecated: Optional parameter $a declared before $b in /srv/site/wp-content/plugins/old, one/x.php on line 3",
    "Warning: Array [] and [{ and {\"a\": in [x], {y} in a.php on line 1",
    "<br />",
    "deploy@web1:~$ cat it",
)  # fmt: skip


def dump(value: object, chance: random.Random) -> str:
    """The value as PHP, jq or a browser writes it."""
    text = json.dumps(value, indent=chance.choice([None, None, 2, 4, "\t"]), ensure_ascii=chance.random() < 0.5)
    return text.replace("/", "\\/") if chance.random() < 0.5 else text


def wrap(text: str, chance: random.Random) -> bytes:
    """The text as it is sent on: with notices before it, quoted, fenced, coloured, indented, with any line end."""
    lines = [*chance.sample(BEFORE, chance.randint(0, 2)), *text.split("\n")]
    if chance.random() < 0.2:
        lines = ["", "\x1b[32m" + lines[0], *lines[1:-1], lines[-1] + "\x1b[0m"] if len(lines) > 1 else lines
    if chance.random() < 0.3:
        lines = ["```json", *lines, "```"]
    prefix = chance.choice(["", "", "    ", "> ", ">> "])
    end = chance.choice(["\n", "\n", "\r\n"])
    whole = end.join(prefix + line for line in lines) + chance.choice(["", end])
    return chance.choice(["", "", "\ufeff"]).encode() + whole.encode()

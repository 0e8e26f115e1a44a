"""WP-CLI's output as it arrives: quoted in a mail, fenced in an issue, below a prompt, amid PHP's notices."""

from __future__ import annotations

import random

NOISE = (
    "",
    "PHP Notice:  Undefined index: acme in /srv/site/wp-content/plugins/acme-forms/acme-forms.php on line 7",
    "Deprecated: Optional parameter $a declared before $b in /srv/site/wp-content/plugins/old, one/x.php on line 3",
    "Warning: Cannot modify header information - headers already sent, \"twice\" in [x], {y} in a.php on line 1",
    "<br />",
    "[21-Nov-2026 10:00:00 UTC] PHP Warning:  Undefined array key 0 in wp-content/plugins/slider/slider.php on line 9",
    "Success: Installed 1 of 1 plugins.",
    "Connection to web1.example closed.",
)  # fmt: skip


def paste(text: str, chance: random.Random, *, between: bool = True, quotable: bool = True) -> bytes:
    """The text with notices before, after and (unless told otherwise) between its lines, in some container."""
    lines = text.removesuffix("\n").split("\n")
    for noise in chance.sample(NOISE, chance.randint(0, 3)):
        lines.insert(chance.randint(0, len(lines)) if between else chance.choice((0, len(lines))), noise)
    if chance.random() < 0.3:
        lines = ["deploy@web1:~/shop$ cd public_html", *lines, "deploy@web1:~/shop$ "]
    if quotable:
        prefix = chance.choice(("", "", "    ", "> ", ">> "))
        lines = [prefix + line for line in lines]
        if chance.random() < 0.3:
            lines = ["```", *lines, "```"]
    return (chance.choice(("", "\ufeff")) + chance.choice(("\n", "\r\n")).join([*lines, ""])).encode()

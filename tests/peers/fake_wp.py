"""A program named ``wp`` that answers as WP-CLI does, of which no registry has a copy.

It refuses what WP-CLI refuses (unknown commands and options, an alias that is not the first word, root unasked), prints
only the fields that are asked for, and writes down how it was called.
"""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PLUGINS: list[dict[str, Any]] = [
    {
        "name": "acme-forms",
        "title": "Acme Forms",
        "file": "acme-forms/acme-forms.php",
        "status": "active",
        "update": "available",
        "version": "1.2.3",
        "update_version": "1.2.4",
        "auto_update": "off",
    },
    {
        "name": "site-tweaks",
        "title": "Site Tweaks",
        "file": "site-tweaks.php",
        "status": "must-use",
        "update": False,
        "version": "0.3",
        "update_version": "",
        "auto_update": "off",
    },
]
THEMES: list[dict[str, Any]] = [
    {
        "name": "storefront",
        "title": "Storefront",
        "status": "active",
        "update": "none",
        "version": "4.5.0",
        "update_version": "",
        "auto_update": "on",
    }
]
ANSWERED = {
    "last_checked": 1772000000,
    "response": {"acme-forms/acme-forms.php": {}},
    "translations": [],
    "no_update": {},
}
UNANSWERED = {"last_checked": 1772000000}

_PROGRAM = """#!{python} -IS
import json, os, pathlib, sys, time

home = pathlib.Path({home!r})
site = json.loads((home / "site.json").read_text())
args = sys.argv[1:]
call = dict(args=args, cwd=os.getcwd(), stdin=sys.stdin.read(), variables=dict(os.environ))
with (home / "calls.jsonl").open("a") as calls:
    calls.write(json.dumps(call) + "\\n")

def fail(words, status=1):
    sys.stderr.write(words + "\\n")
    sys.exit(status)

GLOBAL = ("--ssh", "--path", "--url", "--allow-root", "--skip-plugins", "--skip-themes")
words = [arg for arg in args if not arg.startswith("--")]
options = dict((arg.partition("=")[::2]) for arg in args if arg.startswith("--"))
if words[0].startswith("@"):
    if args[0] != words[0]:
        fail("Error: This does not seem to be a WordPress installation.")
    words = words[1:]
command = " ".join(words[:2])
planned = site["planned"].get(command, [])
if planned:
    stdout, stderr, status, needs = planned[0]
    if needs is None or needs not in args:
        sys.stdout.write(stdout)
        sys.stderr.write(stderr)
        time.sleep(site["pause"])
        sys.exit(status)
known = {{
    "plugin list": ("--format", "--fields"),
    "theme list": ("--format", "--fields"),
    "core version": (),
    "eval echo PHP_VERSION;": (),
    "transient get": ("--network", "--format"),
}}
if command not in known:
    fail("Error: '" + words[0] + "' is not a registered wp command. See 'wp help' for available commands.")
for name in options:
    if name not in known[command] + GLOBAL:
        fail("Error: Parameter errors:\\n unknown " + name + " parameter")
if command.endswith("list"):
    rows = site[words[0] + "s"]
    fields = options["--fields"].split(",")
    missing = [field for field in fields for row in rows if field not in row]
    if missing:
        fail("Error: Invalid field: " + missing[0] + ".")
    sys.stdout.write(json.dumps([{{field: row[field] for field in fields}} for row in rows]))
elif command == "core version":
    print(site["wordpress"])
elif command == "transient get":
    stored = site["transients"].get(words[2])
    if stored is None:
        fail('Warning: Transient with key "' + words[2] + '" is not set.', 0)
    print(json.dumps(stored))
else:
    sys.stdout.write(site["php"])
"""


@dataclass(frozen=True)
class Call:
    """One start of the program."""

    args: tuple[str, ...]
    cwd: str
    stdin: str
    variables: dict[str, str]


class FakeWp:
    """The program in a folder of its own, and the one site that it knows."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.folder = folder
        self.program = folder / "wp"
        self.program.write_text(_PROGRAM.format(python=sys.executable, home=str(folder)))
        self.program.chmod(0o755)
        self._site: dict[str, Any] = {
            "plugins": PLUGINS,
            "themes": THEMES,
            "wordpress": "6.9.1",
            "php": "8.2.12",
            "transients": {"update_plugins": ANSWERED, "update_themes": ANSWERED},
            "planned": {},
            "pause": 0,
        }
        self.set()

    @property
    def path(self) -> str:
        """PATH with the program on it."""
        return f"{self.folder}{os.pathsep}{os.environ['PATH']}"

    def set(self, **values: Any) -> None:
        """Change the site."""
        self._site |= values
        (self.folder / "site.json").write_text(json.dumps(self._site))

    def plan(
        self, command: str, stdout: str = "", stderr: str = "", status: int = 0, unless: str | None = None
    ) -> None:
        """Answer a command (``plugin list``) so, as long as this option is not given."""
        self.set(planned={**self._site["planned"], command: [(stdout, stderr, status, unless)]})

    @property
    def calls(self) -> list[Call]:
        """Every start, in order."""
        written = self.folder / "calls.jsonl"
        lines = written.read_text().splitlines() if written.exists() else []
        return [Call(tuple(call.pop("args")), **call) for call in map(json.loads, lines)]

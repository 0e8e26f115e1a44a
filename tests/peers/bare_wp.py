"""A program ``wp`` over folders that only look like WordPress, for tests that need many sites or many kills, quickly.

What runs there is real PHP on real files; of WordPress there are the dozen functions that our code asks, with the
answers that a plain site gives. Whatever needs WordPress itself is tested with :mod:`peers.live_wp`. Use::

    sites = BareSites(tmp_path / "server")
    monkeypatch.setenv("PATH", sites.path)
    root = sites.add("shop", {"tidy-forms": files})
    plugwatch("site", "add", "shop", "--source", f"wp --path={root}")
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_PROGRAM = """#!{python} -IS
import json, os, resource, signal, sys
home = {home!r}
root = next(arg[7:] for arg in sys.argv if arg.startswith("--path="))
with open(home + "/calls.jsonl", "a") as calls:
    calls.write(json.dumps({{"root": root, "args": sys.argv[1:], "pid": os.getpid()}}) + "\\n")
plan = json.load(open(home + "/plan.json"))
if os.path.basename(root) in plan["down"]:
    sys.stderr.write("ssh: connect to host port 22: Connection refused\\n")
    sys.exit(255)
if plan["longest_file"] is not None:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (plan["longest_file"], plan["longest_file"]))
os.environ["BARE_ROOT"], os.environ["BARE_BEFORE"] = root, plan["before"]
settings = ["-d", "extension=zip", "-d", "display_errors=stderr", *plan["php"]]
os.execvp("php", ["php", "-n", *settings, {script!r}, sys.argv[-1]])
"""
_SCRIPT = """<?php
define( 'ABSPATH', getenv( 'BARE_ROOT' ) . '/' );
define( 'WP_PLUGIN_DIR', ABSPATH . 'wp-content/plugins' );
function get_theme_root() { return ABSPATH . 'wp-content/themes'; }
function is_multisite() { return false; }
function home_url( $path ) { return 'http://127.0.0.1:9' . $path; }
function get_option( $name, $default = false ) {
	return json_decode( file_get_contents( ABSPATH . 'options.json' ), true )[ $name ] ?? $default;
}
function get_file_data( $file, $names ) {
	$head = file_get_contents( $file, false, null, 0, 8192 );
	return array_map( fn( $n ) => preg_match( "/^[ \\t\\/*#@]*$n:(.*)$/mi", $head, $m ) ? trim( $m[1] ) : '', $names );
}
eval( getenv( 'BARE_BEFORE' ) );
( static function () use ( $argv ) { eval( $argv[1] ); } )();
"""


class BareSites:
    """The program and the sites, each a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "bin").mkdir(parents=True)
        script = folder / "wp.php"
        script.write_text(_SCRIPT)
        program = folder / "bin" / "wp"
        program.write_text(_PROGRAM.format(python=sys.executable, home=str(folder), script=str(script)))
        program.chmod(0o755)
        self._plan: dict[str, Any] = {"down": [], "longest_file": None, "before": "", "php": []}
        self.plan()

    @property
    def path(self) -> str:
        """PATH with the program on it."""
        return f"{self.folder / 'bin'}{os.pathsep}{os.environ['PATH']}"

    def plan(self, **changes: Any) -> None:
        """Change all sites: which are ``down``, the ``longest_file``, PHP to run ``before``, arguments of ``php``."""
        self._plan |= changes
        (self.folder / "plan.json").write_text(json.dumps(self._plan))

    def add(self, name: str, plugins: Mapping[str, Mapping[str, bytes]]) -> Path:
        """A site with these active plugins, each by its folder ("" for files of the plugins' own folder)."""
        root = self.folder / name
        active = []
        for slug, files in plugins.items():
            for path, content in files.items():
                file = root / "wp-content" / "plugins" / slug / path
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(content)
                if b"Plugin Name:" in content:
                    active.append(f"{slug}/{path}".lstrip("/"))
        (root / "wp-content" / "themes").mkdir(parents=True)
        (root / "options.json").write_text(json.dumps({"active_plugins": active}))
        return root

    @property
    def calls(self) -> list[dict[str, Any]]:
        """Every start: ``root``, ``args`` and ``pid``."""
        written = self.folder / "calls.jsonl"
        return [json.loads(line) for line in written.read_text().splitlines()] if written.exists() else []

    @property
    def visited(self) -> list[str]:
        """The names of the sites in the order in which they were first asked."""
        return list(dict.fromkeys(Path(call["root"]).name for call in self.calls))

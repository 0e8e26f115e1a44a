"""Writable WordPress sites on loopback: the real program with a database of its own in a file, a copy for each test.

Two versions are there: Debian's 6.1 (see :mod:`peers.wordpress`) and the newer one that ``.ci/run`` unpacks and names
in ``PLUGWATCH_TEST_WORDPRESS_NEWER``, with the drop-in for SQLite that both of them use. What leaves the site is
played: a must-use plugin hands each host's requests to a server on loopback, writes them down, and refuses all others.
Use, in a test marked ``services``::

    def test_something(live_wordpress: LiveWordPress) -> None:      # once for each version
        live_wordpress.add_plugin({"tidy-forms/tidy-forms.php": ...}, activate="tidy-forms/tidy-forms.php")
        live_wordpress.internet({"api.wordpress.org": directory.url, "updates.agency.example": web_space.url})
        live_wordpress.check_updates()
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import cached_property
from itertools import count
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pytest
from peers.wordpress import PHP, compiled_php, find_package, forget_compiled, web_server
from services import go_without, require

NEWER_VARIABLE = "PLUGWATCH_TEST_WORDPRESS_NEWER"
OLDER, NEWER = VERSIONS = ("6.1", "6.5")

_PHP_FILES = Path(__file__).parent / "live_php"
_SQLITE = "sqlite-database-integration-main"
_PATIENCE = 120  # seconds
_PROGRAM = ("wp-admin", "wp-includes", "sqlite")
_TAKEN: set[Path] = set()
_NOT_COPIED = shutil.ignore_patterns("wp-config.php", ".htaccess", "ID3", "akismet", "database", "twentytwenty*")


class LiveWordPress:
    """One site; ``root`` is its folder, ``version`` what WordPress calls itself."""

    def __init__(self, root: Path, version: str, servers: ExitStack) -> None:
        self.root, self.version, self._servers = root, version, servers
        self.internet({})

    @cached_property
    def address(self) -> str:
        """Where the site is served, from the first time that somebody asks."""
        return self._servers.enter_context(web_server(self.root, "web", {}))

    def internet(self, hosts: Mapping[str, str | None]) -> None:
        """What the site can reach: the server on loopback that plays each host; all others are not found."""
        (self.content / "test-internet.json").write_text(json.dumps(hosts))

    @property
    def content(self) -> Path:
        """The folder wp-content."""
        return self.root / "wp-content"

    @property
    def requests(self) -> list[dict[str, Any]]:
        """What the site has asked for: method, url, agent, headers, cookies, body, follows (redirects), limit."""
        file = self.content / "test-requests.jsonl"
        return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []

    @property
    def complaints(self) -> str:
        """PHP's notices, warnings and errors since the beginning."""
        file = self.content / "debug.log"
        return file.read_text() if file.exists() else ""

    def php(self, code: str, *, cron: bool = False, **values: Any) -> Any:
        """Run code inside WordPress as its administrator; what it returns. ``values`` arrive as ``$values``."""
        host = self.address.removeprefix("http://")
        done = subprocess.run(
            [*PHP, *compiled_php(), str(_PHP_FILES / "run.php"), str(self.root)],
            input=code,
            env=os.environ | {"TEST_HTTP_HOST": host, "TEST_VALUES": json.dumps(values), "TEST_CRON": "1" * cron},
            capture_output=True,
            text=True,
            check=False,
            timeout=_PATIENCE,
        )
        assert done.stdout.startswith('{"returned"'), f"{done.stdout}{done.stderr}{self.complaints}"
        return json.loads(done.stdout)["returned"]

    def constants(self, **values: str) -> None:
        """Constants of the site's wp-config.php."""
        quoted = {name: value.replace("\\", "\\\\").replace("'", "\\'") for name, value in values.items()}
        lines = [f"define( '{name}', '{value}' );\n" for name, value in quoted.items()]
        (self.root / "test-constants.php").write_text("<?php\n" + "".join(lines))

    def add_plugin(self, files: Mapping[str, str | bytes], *, activate: str | None = None) -> None:
        """Plugins by their files, relative to the folder of all plugins; ``activate`` is a main file among them."""
        self._add("plugins", files)
        if activate:
            self.php("return activate_plugin( $values['file'] );", file=activate)

    def add_theme(self, files: Mapping[str, str | bytes], *, activate: str | None = None) -> None:
        """Themes by their files, relative to the folder of all themes; ``activate`` is a stylesheet's folder."""
        self._add("themes", files)
        if activate:
            self.php("switch_theme( $values['theme'] );", theme=activate)

    def add_must_use(self, name: str, code: str) -> None:
        """A must-use plugin."""
        self._add("mu-plugins", {name: code})

    def _add(self, folder: str, files: Mapping[str, str | bytes]) -> None:
        for path, content in files.items():
            file = self.content / folder / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content.encode() if isinstance(content, str) else content)

    def check_updates(self) -> dict[str, Any]:
        """Let the site ask for updates now, as its administrator's button does; what it offers then.

        ``plugins`` and ``themes`` are offers by main file and by stylesheet, ``no_update`` what is up to date.
        """
        found: dict[str, Any] = self.php(
            "wp_clean_update_cache(); wp_update_plugins(); wp_update_themes();"
            "$p = get_site_transient( 'update_plugins' ); $t = get_site_transient( 'update_themes' );"
            "return array( 'plugins' => (object) ( $p->response ?? array() ),"
            " 'themes' => (object) ( $t->response ?? array() ),"
            " 'no_update' => (object) ( $p->no_update ?? array() ) );"
        )
        return found

    def update_plugin(self, file: str) -> Any:
        """Update one plugin to what is offered, as the administrator's link does; True or what went wrong."""
        return self.php(f"$u = new Plugin_Upgrader( new Automatic_Upgrader_Skin() );{_UPGRADE}", one=file)

    def update_theme(self, stylesheet: str) -> Any:
        """Update one theme to what is offered."""
        return self.php(f"$u = new Theme_Upgrader( new Automatic_Upgrader_Skin() );{_UPGRADE}", one=stylesheet)

    def upload_plugin(self, file: Path) -> Any:
        """Install a ZIP over what is there, as the screen "Upload plugin" does after "Replace current"."""
        return self.php(
            "$u = new Plugin_Upgrader( new Automatic_Upgrader_Skin() );"
            "return $u->install( $values['zip'], array( 'overwrite_package' => true ) );",
            zip=str(file),
        )

    def switch_auto_updates(self, *, plugins: tuple[str, ...] = (), themes: tuple[str, ...] = ()) -> None:
        """Switch automatic updates on for these, and off for all others."""
        self.php(
            "update_site_option( 'auto_update_plugins', $values['plugins'] );"
            "update_site_option( 'auto_update_themes', $values['themes'] );",
            plugins=plugins,
            themes=themes,
        )

    def update_by_itself(self) -> None:
        """What the site does twice a day where nobody looks: ask, then install what is switched on."""
        self.php(
            "add_filter( 'automatic_updater_disabled', '__return_false' );"
            "add_filter( 'auto_update_core', '__return_false' );"
            "delete_option( 'auto_updater.lock' ); wp_clean_update_cache(); wp_version_check(); wp_update_plugins();"
            "wp_update_themes(); wp_maybe_auto_update();",
            cron=True,
        )

    def plugin_version(self, file: str) -> str:
        """The version in a plugin's header, as WordPress reads it."""
        code = "return get_plugin_data( WP_PLUGIN_DIR . '/' . $values['file'], false, false )['Version'];"
        return str(self.php(code, file=file))

    def theme_version(self, stylesheet: str) -> str:
        """The version in a theme's header, as WordPress reads it."""
        return str(self.php("return wp_get_theme( $values['one'] )->get( 'Version' );", one=stylesheet))

    def is_active(self, file: str) -> bool:
        """Whether a plugin is active."""
        return bool(self.php("return is_plugin_active( $values['file'] );", file=file))

    def get(self, path: str = "/", *, admin: bool = False) -> tuple[int, str]:
        """The status and the text of a page, as a visitor or as the administrator sees it."""
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies().items()) if admin else ""
        return self._ask(Request(self.address + path, headers={"Cookie": cookies} if admin else {}))

    def _ask(self, request: Request) -> tuple[int, str]:
        try:
            with urlopen(request, timeout=_PATIENCE) as answer:
                return answer.status, answer.read().decode()
        except HTTPError as error:
            return error.code, error.read().decode()

    def post(self, path: str, fields: Mapping[str, str]) -> tuple[int, str]:
        """The answer to a form that a visitor sends."""
        return self._ask(Request(self.address + path, data=urlencode(fields).encode()))

    def cookies(self) -> dict[str, str]:
        """What a browser holds in which the administrator has logged in."""
        found: dict[str, str] = self.php(
            "$end = time() + 3600; $token = WP_Session_Tokens::get_instance( 1 )->create( $end );"
            "return array( AUTH_COOKIE => wp_generate_auth_cookie( 1, $end, 'auth', $token ),"
            " LOGGED_IN_COOKIE => wp_generate_auth_cookie( 1, $end, 'logged_in', $token ) );"
        )
        return found


# Neither package brings one that shows a page without blocks.
_THEME = {
    "style.css": "/*\nTheme Name: Plain\nVersion: 1.0\n*/\n",
    "index.php": "<!DOCTYPE html><html><head><?php wp_head(); ?></head><body><h1>Tests</h1>"
    "<?php while ( have_posts() ) { the_post(); the_content(); } wp_footer(); ?></body></html>\n",
}
_UPGRADE = (
    "$r = $u->bulk_upgrade( array( $values['one'] ) );"
    "$one = is_array( $r ) ? ( $r[ $values['one'] ] ?? null ) : $r;"
    "if ( is_array( $one ) || is_wp_error( $one ) ) { return is_array( $one ) ? true : $one; }"
    "return array( 'error' => 'failed', 'message' => implode( ' ', $u->skin->get_upgrade_messages() ) );"
)


@pytest.fixture(params=VERSIONS)
def live_wordpress(request: pytest.FixtureRequest) -> Iterator[LiveWordPress]:
    """A WordPress for one test, which may do to it what it likes; the test runs with both versions."""
    with ExitStack() as servers:
        yield make_site(request.param, servers)


@pytest.fixture
def newer_wordpress() -> Iterator[LiveWordPress]:
    """The same, of the newer version alone."""
    with ExitStack() as servers:
        yield make_site(NEWER, servers)


def make_site(version: str, servers: ExitStack) -> LiveWordPress:
    """A site that is another test's when ``servers`` is left."""
    root = servers.enter_context(_place(version)) / "wordpress"
    _lay_out(_template(version), root)
    found = (root / "wp-includes" / "version.php").read_text().partition("$wp_version = '")[2].partition("'")[0]
    return LiveWordPress(root, found, servers)


@contextmanager
def _place(version: str) -> Iterator[Path]:
    """A folder that no other test has now, and one that a test has had, if there is: PHP knows its files already."""
    names = (f"sites/{os.getpid()}-{version}-{number}" for number in count())
    place = next(folder for name in names if (folder := Path.home() / name) not in _TAKEN)
    _TAKEN.add(place)
    try:
        yield place
    finally:
        _TAKEN.remove(place)


def _lay_out(template: Path, root: Path) -> None:
    """Make a folder a new site, alone in its parent. The program's files are hard links, for nothing writes to them."""
    root.mkdir(parents=True, exist_ok=True)
    for old in {*root.parent.iterdir(), *root.iterdir()} - {root, *(root / name for name in _PROGRAM)}:
        shutil.rmtree(old) if old.is_dir() and not old.is_symlink() else old.unlink()
    forget_compiled(root / "wp-content")
    for new in template.iterdir():
        target = root / new.name
        if new.name == "wp-content":
            shutil.copytree(new, target)
        elif new.is_dir() and not target.exists():
            shutil.copytree(new, target, copy_function=os.link)
        elif new.is_file():
            os.link(new, target)


def _template(version: str) -> Path:
    """An installed site that nobody serves, made once for all processes of a test run."""
    newer, template = _newer_package(), Path.home() / f"wordpress-{version}"
    require("php", "php-cli")
    if "pdo_sqlite" not in subprocess.run(["php", "-m"], capture_output=True, text=True, check=True).stdout.split():
        go_without("PHP has no driver for SQLite: apt-get install php-sqlite3")
    with (Path.home() / f"wordpress-{version}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not template.exists():
            partial = template.with_suffix(".partial")
            shutil.rmtree(partial, ignore_errors=True)
            package = find_package() if version == OLDER else newer / "site"
            shutil.copytree(package, partial, ignore=_NOT_COPIED, ignore_dangling_symlinks=True)
            _prepare(partial, newer)
            partial.rename(template)
    return template


def _prepare(root: Path, newer: Path) -> None:
    content = root / "wp-content"
    shutil.copy(_PHP_FILES / "wp-config.php", root)
    shutil.copytree(newer / _SQLITE, root / "sqlite")
    for folder in ("database", "mu-plugins"):
        (content / folder).mkdir(exist_ok=True)
    shutil.copy(_PHP_FILES / "db.php", content)
    shutil.copy(_PHP_FILES / "000-test-internet.php", content / "mu-plugins")
    (content / "test-internet.json").write_text("{}")
    for name, text in _THEME.items():
        file = content / "themes" / "plain" / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(text)
    done = subprocess.run([*PHP, str(_PHP_FILES / "setup.php"), str(root)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (content / "debug.log").unlink(missing_ok=True)  # what installing says is not ours to judge


def _newer_package() -> Path:
    """The folder of the newer WordPress and the drop-in for SQLite."""
    package = Path(os.environ.get(NEWER_VARIABLE, ""))
    if not os.environ.get(NEWER_VARIABLE) or not (package / _SQLITE / "db.copy").is_file():
        go_without(f"there is no WordPress with SQLite: unpack it as .ci/run does, and name it in {NEWER_VARIABLE}")
    return package

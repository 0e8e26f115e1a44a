"""A real WordPress on loopback: Debian's, with a MariaDB of its own and PHP's web server, ready in about two seconds.

``.ci/run`` unpacks Debian's package (installing it would bring a web server) and names the folder in
``PLUGWATCH_TEST_WORDPRESS``. Each process of a test run that asks gets a site of its own below the temporary home;
nothing listens but sockets of its own, and servers and files go with the fixture. Outgoing mail and HTTP are off.
The site's plugins and themes are those of :mod:`peers.wordpress_content`. Use, in a test marked ``services``::

    def test_something(wordpress: WordPress) -> None: ...
"""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from peers.wordpress_content import ACTIVE_PLUGINS, ACTIVE_THEME, FILES
from services import go_without, require

WORDPRESS_VARIABLE = "PLUGWATCH_TEST_WORDPRESS"

_PHP_FILES = Path(__file__).parent / "wordpress_php"
_DEBIAN = "/usr/share/wordpress"
# Scripts for browsers, most of the package's bytes; themes that are other packages; what Debian links to elsewhere.
_NOT_COPIED = shutil.ignore_patterns("js", "themes", "ID3", ".htaccess", "wp-config.php")
PHP = (
    *("php", "-d", "display_errors=0", "-d", "log_errors=1", "-d", "error_log="),
    # A mail program that does not read would break the pipe now and then.
    *("-d", "sendmail_path=\"sh -c 'cat >/dev/null'\""),
    # The web server would not look at a changed file again for two seconds.
    *("-d", "opcache.revalidate_freq=0"),
)
_STARTED = re.compile(r"Development Server \((http://127\.0\.0\.1:[1-9]\d*)\) started")
_SERVERS = {
    "address": {"WP_ENVIRONMENT_TYPE": "local"},
    "production": {"WP_ENVIRONMENT_TYPE": "production"},
    "plain": {"WP_ENVIRONMENT_TYPE": "local", "TEST_PLAIN_PERMALINKS": "1"},
}
_PATIENCE = 60  # seconds

_Sign = Callable[[str], Any]


@dataclass(frozen=True)
class WordPress:
    """A site that runs.

    ``address`` serves it as a local environment, where application passwords work over plain HTTP; ``production``
    serves the same site as everybody else's, where they are switched off without HTTPS; ``plain`` is local and has no
    pretty permalinks. ``passwords`` are application passwords: of ada, who administers the site, and ben, who reads it.
    """

    root: Path
    address: str
    production: str
    plain: str
    passwords: dict[str, str] = field(repr=False)

    def installed(self) -> dict[str, Any]:
        """What WordPress's own get_plugins(), get_mu_plugins(), get_dropins() and wp_get_themes() find, by kind."""
        answer: dict[str, Any] = json.loads(_php("inventory.php", self.root))
        return answer

    def site_health(self) -> str:
        """What a client copies from the site's screen Site Health."""
        return _php("site-health.php", self.root)


@pytest.fixture(scope="session")
def wordpress() -> Iterator[WordPress]:
    """A WordPress of this process's own, for all of its tests: they may read, not change it."""
    package = find_package()
    mariadb = require("mariadbd", "mariadb-server-core")
    php = require("php", "php-cli")
    if "mysqli" not in subprocess.run([php, "-m"], capture_output=True, text=True, check=True).stdout.split():
        go_without("PHP has no driver for MariaDB: apt-get install php-mysql")
    folder = Path(tempfile.mkdtemp(prefix="wordpress-", dir=Path.home()))
    try:
        with _running_site(folder, package, mariadb) as site:
            yield site
    finally:
        shutil.rmtree(folder)


def find_package() -> Path:
    """The folder of WordPress's files."""
    package = Path(os.environ.get(WORDPRESS_VARIABLE, _DEBIAN))
    if not (package / "wp-includes" / "version.php").is_file():
        go_without(
            f"there is no WordPress in {package}: apt-get download wordpress, dpkg-deb --extract it into a folder as "
            f".ci/run does, and set {WORDPRESS_VARIABLE} to that folder's usr/share/wordpress"
        )
    return package


@contextmanager
def _running_site(folder: Path, package: Path, mariadb: str) -> Iterator[WordPress]:
    root = folder / "site"
    shutil.copytree(package, root, ignore=_NOT_COPIED, ignore_dangling_symlinks=True)
    shutil.copy(_PHP_FILES / "wp-config.php", root)
    for path, content in FILES.items():
        file = root / "wp-content" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    with ExitStack() as servers:
        servers.enter_context(_database(folder / "database", mariadb))
        passwords = json.loads(_php("install.php", root, ACTIVE_THEME, *ACTIVE_PLUGINS))
        addresses = {name: servers.enter_context(web_server(root, name, more)) for name, more in _SERVERS.items()}
        yield WordPress(root, **addresses, passwords=passwords)


@contextmanager
def _database(folder: Path, mariadb: str) -> Iterator[None]:
    """A MariaDB that only this user reaches, by its socket; without InnoDB it is there at once."""
    (folder / "wordpress").mkdir(parents=True)  # to MariaDB a folder is a database
    options = ["--no-defaults", f"--datadir={folder}", f"--socket={folder / 'socket'}", f"--tmpdir={folder}"]
    options += ["--skip-networking", "--skip-grant-tables", "--skip-innodb", "--default-storage-engine=Aria"]
    if os.geteuid() == 0:
        options.append("--user=root")
    with _running([mariadb, *options], folder / "log", {}) as wait:
        with socket.socket(socket.AF_UNIX) as line:
            wait(lambda log: line.connect_ex(str(folder / "socket")) == 0)
        yield


@cache
def compiled_php() -> tuple[str, ...]:
    """Arguments of PHP to keep what it compiles of WordPress; what a site has of its own is read anew each time."""
    read_anew = Path.home() / f"read-anew-{os.getpid()}"
    read_anew.write_text(f"{Path.home()}/**/wp-content/\n")
    settings = ("enable_cli=1", "file_cache_only=1", f"blacklist_filename={read_anew}")
    return (*_compiled("cli"), *(word for setting in settings for word in ("-d", f"opcache.{setting}")))


def forget_compiled(folder: Path) -> None:
    """Forget what PHP has compiled below a folder, whose files are about to become others."""
    for kept in Path.home().glob(f"compiled/*/*{folder}"):
        shutil.rmtree(kept)


def _compiled(user: str) -> tuple[str, ...]:
    folder = Path.home() / "compiled" / user
    folder.mkdir(parents=True, exist_ok=True)
    return ("-d", f"opcache.file_cache={folder}", "-d", "opcache.file_cache_consistency_checks=0")


@contextmanager
def web_server(root: Path, name: str, variables: dict[str, str]) -> Iterator[str]:
    """PHP's web server on a free port of its choice; it answers one request at a time."""
    command = [*PHP, *_compiled("web"), "-S", "127.0.0.1:0", "-t", str(root)]
    with _running(command, root.parent / f"{name}.log", variables) as wait:
        yield wait(_STARTED.search)[1]


@contextmanager
def _running(command: list[str], log: Path, variables: dict[str, str]) -> Iterator[Callable[[_Sign], Any]]:
    """A server for the block, with a function that waits for a sign of life in its log.

    The server is killed with us even where we are killed ourselves, if setpriv (util-linux) is there.
    """
    setpriv = shutil.which("setpriv")
    with log.open("wb") as file:
        server = subprocess.Popen(
            [setpriv, "--pdeathsig", "KILL", *command] if setpriv else command,
            env=os.environ | variables,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=file,
            start_new_session=True,
        )

    def wait(sign: _Sign) -> Any:
        deadline = time.monotonic() + _PATIENCE
        while not (seen := sign(log.read_text())):
            if server.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(f"{command[0]} does not start: {log.read_text()}")
            time.sleep(0.02)
        return seen

    try:
        yield wait
    finally:
        server.kill()  # what it holds is thrown away anyway
        server.wait()


def _php(script: str, *args: str | Path) -> str:
    """Run one of our PHP files; what it prints."""
    done = subprocess.run(
        [*PHP, *compiled_php(), str(_PHP_FILES / script), *map(str, args)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=_PATIENCE,
    )
    assert done.returncode == 0, f"{script}: {done.stdout}{done.stderr}"
    return done.stdout

"""What holds for every test: a home of its own, no settings from outside, no network; and ledgers on both engines."""

from __future__ import annotations

import fcntl
import gc
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from services import require_module

pytest_plugins = ("peers.wordpress", "peers.live_wordpress", "peers.browser")

_FOREIGN = ("PLUGWATCH_", "GIT_", "PG", "XDG_")
_FOREIGN_NAMES = {"GITHUB_TOKEN", "GH_TOKEN", "EMAIL", "EDITOR", "VISUAL", "NO_COLOR", "FORCE_COLOR", "SSH_AUTH_SOCK"}
_FOREIGN_NAMES |= {"PYTHONDONTWRITEBYTECODE"}  # each command in a process of its own would compile all of plugwatch
_HOME = pytest.StashKey[Path]()
_ENVIRONMENT = pytest.StashKey[dict[str, str]]()


class NetworkRefusedError(AssertionError):
    """A test reached for the network. No OSError, so that no code under test takes it for a broken line."""


def pytest_configure(config: pytest.Config) -> None:
    """Before any test module is imported: nothing of the person's own machine is left to read or to change."""
    _refuse_network()
    # The same examples in every run, so that a change is judged by what it changed; set the variable to look for more.
    settings.register_profile("fixed", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    settings.register_profile("random", deadline=None)
    settings.load_profile("random" if os.environ.get("PLUGWATCH_TEST_RANDOM") else "fixed")
    if _is_worker():
        return  # it has the environment of the process that started it
    config.stash[_ENVIRONMENT] = dict(os.environ)
    home = config.stash[_HOME] = Path(tempfile.mkdtemp(prefix="pw-home-"))
    for name in [name for name in os.environ if not name.startswith("PLUGWATCH_TEST_")]:
        if name.startswith(_FOREIGN) or name in _FOREIGN_NAMES or name.lower().endswith("_proxy"):
            del os.environ[name]
    runtime = home / "runtime"
    runtime.mkdir(mode=0o700)
    os.environ |= {
        "HOME": str(home),
        "XDG_RUNTIME_DIR": str(runtime),
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
    }
    os.environ |= _quick_php(home / "php")


def pytest_unconfigure(config: pytest.Config) -> None:
    """Leave nothing behind."""
    if _HOME in config.stash:
        os.environ.clear()
        os.environ |= config.stash[_ENVIRONMENT]
        shutil.rmtree(config.stash[_HOME], ignore_errors=True)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Of several processes none is to be left alone with the longest tests in the end."""
    if _is_worker():
        items.sort(key=lambda item: "killer" not in getattr(item, "fixturenames", ()))


def pytest_collection_finish() -> None:
    """Thousands of tests are no garbage, so nobody needs to look at them again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)


def _quick_php(folder: Path) -> dict[str, str]:
    """The environment of a PHP without two of its extensions: no test uses them, and they are a third of each start."""
    if shutil.which("php") is None:
        return {}
    code = "echo PHP_CONFIG_FILE_SCAN_DIR;"
    scanned = subprocess.run(["php", "-n", "-r", code], capture_output=True, text=True, check=True).stdout
    folder.mkdir()
    for ini in Path(scanned).glob("*.ini") if scanned else ():
        if not ini.stem.endswith(("gd", "intl")):
            (folder / ini.name).symlink_to(ini)
    return {"PHP_INI_SCAN_DIR": str(folder)} if scanned else {}


def _is_worker() -> bool:
    """Whether this process is one of several that pytest-xdist has started."""
    return "PYTEST_XDIST_WORKER" in os.environ


def _refuse_network() -> None:
    """Let sockets of this process connect, send and look up names on this machine only."""
    for name in ("connect", "connect_ex", "sendto"):
        setattr(socket.socket, name, _guarded(getattr(socket.socket, name)))
    look_up = socket.getaddrinfo

    def guarded_look_up(host: Any, *args: Any, **options: Any) -> Any:
        _check_local(host)
        return look_up(host, *args, **options)

    socket.getaddrinfo = guarded_look_up


def _guarded(method: Callable[..., Any]) -> Callable[..., Any]:
    """A method of a socket whose last argument is the other side's address."""

    def guarded(self: socket.socket, *args: Any) -> Any:
        if self.family in {socket.AF_INET, socket.AF_INET6}:
            _check_local(args[-1][0])
        return method(self, *args)

    return guarded


def _check_local(host: Any) -> None:
    """Raise NetworkRefusedError unless the host is this machine by its loopback address."""
    name = host.decode() if isinstance(host, bytes) else host
    if name in {None, "", "localhost"}:
        return
    try:
        local = ip_address(name).is_loopback
    except ValueError:
        local = False
    if not local:
        raise NetworkRefusedError(f"a test reached for {name}; tests talk to 127.0.0.1, ::1 and localhost only")


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The URL of a PostgreSQL server, started once for all workers of a run and stopped with the last of them."""
    pgserver = require_module("pgserver", "pip install pgserver brings a whole PostgreSQL (for Python up to 3.12)")
    psycopg = require_module("psycopg", "pip install 'plugwatch[postgres]'")
    # Not under pytest's own folder: root's server runs as another user, whom the next run of pytest would lock out.
    data, lock = Path.home() / "pg", Path.home() / "pg.lock"
    with _locked(lock):
        server = pgserver.get_server(data)  # it counts the processes that use it
        url: str = server.get_uri()
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("alter system set fsync = off")  # these databases need not outlive a power cut
            connection.execute("select pg_reload_conf()")
    yield url
    with _locked(lock):
        server.cleanup()


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Keep the other workers of a run out."""
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _with_database(server: str) -> Iterator[str]:
    """The URL of a new, empty database, for as long as the generator lives."""
    import psycopg

    name = f"pw_{os.getpid()}_{os.urandom(6).hex()}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"create database {name}".encode())
        yield server.replace("/postgres?", f"/{name}?")
        connection.execute(f"drop database {name} with (force)".encode())


@pytest.fixture
def empty_postgres_url(postgres_server: str) -> Iterator[str]:
    """The URL of a database without any table, for one test."""
    yield from _with_database(postgres_server)


@pytest.fixture(scope="session")
def _postgres_ledger_url(postgres_server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a ledger that the tests of one process share, one after the other."""
    from plugwatch.ledger.database import open_ledger

    for url in _with_database(postgres_server):
        open_ledger(url, workspace=tmp_path_factory.getbasetemp(), create=True).close()
        yield url


def _empty(url: str) -> None:
    """Delete every row of a ledger but the records of its migrations; much quicker than making a database."""
    import psycopg

    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where datname = current_database() and pid <> pg_backend_pid()"
        )
        tables = connection.execute("select tablename from pg_tables where schemaname = 'public'").fetchall()
        deletions = [f"delete from {name}" for (name,) in tables if name != "schema_migration"]
        # Without this a deletion would ask for the order of the foreign keys.
        connection.execute("; ".join(["set session_replication_role = replica", *deletions]).encode())


@pytest.fixture(params=["sqlite", "postgresql"])
def ledger_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty ledger; every test that asks for it runs on both engines."""
    if request.param == "sqlite":
        from plugwatch.ledger.database import open_ledger

        url = f"sqlite:///{tmp_path / 'ledger' / 'plugwatch.db'}"
        (tmp_path / "ledger").mkdir()
        open_ledger(url, workspace=tmp_path, create=True).close()
        yield url
    else:
        url = request.getfixturevalue("_postgres_ledger_url")
        yield url
        _empty(url)


@pytest.fixture
def ledger(ledger_url: str, tmp_path: Path) -> Iterator[Any]:
    """An open, empty ledger, on both engines in turn."""
    from plugwatch.ledger.database import open_ledger

    with open_ledger(ledger_url, workspace=tmp_path) as opened:
        yield opened

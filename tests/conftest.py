"""What holds for every test: a home of its own, no settings from outside, no network, and a PostgreSQL to share."""

from __future__ import annotations

import os
import shutil
import socket
import tempfile
from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path
from typing import Any, NoReturn

import pytest
from services import require_module

_REMOVED = ("PLUGWATCH_", "GIT_", "PG", "XDG_")
_REMOVED_NAMES = {"GITHUB_TOKEN", "GH_TOKEN", "EMAIL", "EDITOR", "VISUAL", "NO_COLOR", "FORCE_COLOR", "SSH_AUTH_SOCK"}
_HOME = pytest.StashKey[Path]()
_ENVIRONMENT = pytest.StashKey[dict[str, str]]()


class NetworkRefused(AssertionError):  # noqa: N818
    """A test reached for the network. No OSError, so that no code under test takes it for a broken line."""


def pytest_configure(config: pytest.Config) -> None:
    """Before any test module is imported: nothing of the person's own machine is left to read or to change."""
    config.stash[_ENVIRONMENT] = dict(os.environ)
    home = config.stash[_HOME] = Path(tempfile.mkdtemp(prefix="pw-home-"))
    for name in list(os.environ):
        if name.startswith("PLUGWATCH_TEST_"):
            continue
        if name.startswith(_REMOVED) or name in _REMOVED_NAMES or name.lower().endswith("_proxy"):
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
    _refuse_network()


def pytest_unconfigure(config: pytest.Config) -> None:
    """Leave nothing behind."""
    if _HOME in config.stash:
        os.environ.clear()
        os.environ |= config.stash[_ENVIRONMENT]
        shutil.rmtree(config.stash[_HOME], ignore_errors=True)


def _refuse_network() -> None:
    """Let sockets of this process connect, send and look up names on this machine only."""
    real = {name: getattr(socket.socket, name) for name in ("connect", "connect_ex", "sendto")}

    def guard(name: str) -> Any:
        def guarded(self: socket.socket, *args: Any) -> Any:
            if self.family in {socket.AF_INET, socket.AF_INET6}:
                _check_local(args[-1][0])
            return real[name](self, *args)

        return guarded

    for name in real:
        setattr(socket.socket, name, guard(name))
    look_up = socket.getaddrinfo

    def guarded_look_up(host: Any, *args: Any, **options: Any) -> Any:
        _check_local(host)
        return look_up(host, *args, **options)

    socket.getaddrinfo = guarded_look_up


def _check_local(host: Any) -> None:
    """Raise NetworkRefused unless the host is this machine by its loopback address."""
    name = host.decode() if isinstance(host, bytes) else host
    if name in {None, "", "localhost"}:
        return
    try:
        local = ip_address(name).is_loopback
    except ValueError:
        local = False
    if not local:
        _refuse(name)


def _refuse(host: str) -> NoReturn:
    raise NetworkRefused(f"a test reached for {host}; tests talk to 127.0.0.1 and ::1 only")


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The URL of a PostgreSQL server, started once for all workers of a run and stopped with the last of them."""
    pgserver: Any = require_module("pgserver", "use Python 3.10 to 3.12 and 'make test'")
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    server = pgserver.get_server(shared / "pg")  # it locks, counts its users and stops after the last one by itself
    import psycopg

    url: str = server.get_uri()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("alter system set fsync = off")  # these databases need not outlive a power cut
        connection.execute("select pg_reload_conf()")
    return url


@pytest.fixture
def postgres_url(postgres_server: str, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty database on it, for one test."""
    import psycopg
    from psycopg import sql

    name = f"pw_{os.getpid()}_{os.urandom(6).hex()}"
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
        yield postgres_server.replace("/postgres?", f"/{name}?")
        connection.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))

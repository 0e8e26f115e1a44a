"""The surroundings that tests/conftest.py promises to every test."""

from __future__ import annotations

import os
import socket
import tempfile
from pathlib import Path

import pytest


@pytest.mark.parametrize(
    "host", ["93.184.216.34", "wordpress.example", "10.0.0.1", "2606:2800:21f::1", b"host.example"]
)
def test_connections_to_other_machines_are_refused(host):
    family = socket.AF_INET6 if ":" in str(host) else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as stream:
        with pytest.raises(AssertionError, match="a test reached for"):
            stream.connect((host, 80))
        with pytest.raises(AssertionError, match="a test reached for"):
            stream.connect_ex((host, 80))
    with (
        socket.socket(family, socket.SOCK_DGRAM) as datagram,
        pytest.raises(AssertionError, match="a test reached for"),
    ):
        datagram.sendto(b"?", (host, 53))
    with pytest.raises(AssertionError, match="a test reached for"):
        socket.getaddrinfo(host, 80)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_connections_to_this_machine_are_let_through(host):
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.create_connection((host, server.getsockname()[1])) as line,
    ):
        assert line.getpeername() == server.getsockname()


def test_home_is_temporary_and_foreign_settings_are_gone():
    assert Path.home().is_relative_to(tempfile.gettempdir())
    assert os.environ["GIT_CONFIG_GLOBAL"] == os.devnull
    assert not [name for name in os.environ if name.startswith(("PLUGWATCH_", "PG")) and "_TEST_" not in name]

"""Binding, and what is said when it cannot be done."""

from __future__ import annotations

import socket

import pytest

from ionstack.errors import UsageError
from ionstack.server.sockets import listen, loopback, url


def test_port_zero_takes_a_free_one() -> None:
    (bound,) = listen("127.0.0.1", 0, "--port")
    with bound:
        assert url([bound], "127.0.0.1", "http") == f"http://127.0.0.1:{bound.getsockname()[1]}"
        assert loopback([bound])


def test_every_address_of_a_name_listens_on_the_same_port() -> None:
    bound = listen("localhost", 0, "--port")
    ports = {one.getsockname()[1] for one in bound}
    for one in bound:
        one.close()
    assert len(ports) == 1


def test_beyond_loopback_clients_of_this_machine_still_use_it() -> None:
    (bound,) = listen("0.0.0.0", 0, "--port")
    with bound:
        assert url([bound], "0.0.0.0", "https").startswith("https://127.0.0.1:")
        assert not loopback([bound])


def test_a_taken_port_is_told_with_the_flag_that_chooses_another() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(UsageError, match=rf"port {port} on 127\.0\.0\.1 is taken.*--s3-port"):
            listen("127.0.0.1", port, "--s3-port")


@pytest.mark.parametrize("host", ["192.0.2.1", "2001:db8::1"])
def test_an_address_of_another_machine_is_refused(host: str) -> None:
    with pytest.raises(UsageError, match=rf"{host} is no address of this machine.*--host"):
        listen(host, 0, "--port")


@pytest.mark.parametrize("host", ["no.such.host.invalid", "a" * 300, "ä" * 70])
def test_a_name_that_leads_nowhere_is_refused(host: str) -> None:
    with pytest.raises(UsageError, match="cannot be resolved"):
        listen(host, 0, "--port")

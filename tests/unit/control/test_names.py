"""Under which names the control API answers."""

from __future__ import annotations

from typing import Any

import pytest

from ionstack.config import load
from ionstack.control.names import Names


def names(**chosen: Any) -> Names:
    return Names(load({"data_dir": "unused", **chosen}, {}))


@pytest.mark.parametrize("name", ["localhost", "a.localhost", "127.0.0.1", "::1", "10.0.0.1", "Localhost."])
def test_a_server_of_this_machine_knows_its_names(name: str) -> None:
    for host in ("127.0.0.1", "localhost", "::1"):
        assert names(host=host).known(name)


@pytest.mark.parametrize(
    "name", ["evil.example", "localhost.evil.example", "notlocalhost", "127.0.0.1.nip.io"]
)
def test_and_no_others(name: str) -> None:
    assert not names().known(name)
    assert not names(public_url="https://cloud.example.com", domain="cloud.example.org").known(name)


def test_what_the_operator_said_is_known() -> None:
    told = names(public_url="https://cloud.example.com/own", domain="cloud.example.org")
    for name in ("cloud.example.com", "cloud.example.org", "dns.de-fra.cloud.example.org"):
        assert told.known(name)
    assert not told.known("other.cloud.example.com")


def test_a_server_that_others_reach_may_have_any_name() -> None:
    assert names(host="0.0.0.0").known("build-server")

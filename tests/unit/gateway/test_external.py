"""What the client sees: the Host it called, or what proxies that are trusted say of it; never what others say."""

from __future__ import annotations

from ipaddress import ip_network
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ionstack.errors import BadRequest
from ionstack.gateway.external import External

PROXIES = [ip_network("10.0.0.0/8"), ip_network("fd00::/8")]


def _view(
    external: External, *lines: tuple[str, str], peer: str = "10.0.0.1", **scope: Any
) -> tuple[str, str, str]:
    raw = [(name.lower().encode(), value.encode("latin-1")) for name, value in lines]
    full = {"scheme": "http", "http_version": "1.1", "client": (peer, 1), "server": ("127.0.0.1", 4667)}
    seen = external.view(
        {**full, "headers": raw, **scope}, {name.decode(): value.decode("latin-1") for name, value in raw}
    )
    return seen.root, seen.name, seen.address


@pytest.mark.parametrize(
    ("host", "root", "name"),
    [
        ("localhost:4667", "http://localhost:4667", "localhost"),
        ("API.ionos.com", "https://API.ionos.com", "api.ionos.com"),
        ("api.ionos.com.", "https://api.ionos.com.", "api.ionos.com"),
        ("api.ionos.com:4667", "http://api.ionos.com:4667", "api.ionos.com"),
        ("[::1]:4667", "http://[::1]:4667", "[::1]"),
        ("my_host", "http://my_host", "my_host"),
    ],
)
def test_the_host_header_is_believed(host: str, root: str, name: str) -> None:
    assert _view(External(), ("host", host), peer="192.0.2.7") == (root, name, "192.0.2.7")


@pytest.mark.parametrize(
    "host",
    [
        "",
        "a b",
        "a/b",
        "a@b",
        "a\r\nX: y",
        "a:b",
        "a:0",
        "a:65536",
        "a:123456",
        "[::1",
        "::1",
        "a?b",
        "x" * 300,
        "é",
    ],
)
def test_a_host_that_is_none_is_refused(host: str) -> None:
    with pytest.raises(BadRequest):
        _view(External(), ("host", host))


def test_without_a_host_the_bound_address_is_what_there_is() -> None:
    assert _view(External(), http_version="1.0")[0] == "http://127.0.0.1:4667"
    assert _view(External(), http_version="1.0", server=("::1", 80))[0] == "http://[::1]:80"
    with pytest.raises(BadRequest, match="Host"):
        _view(External())


def test_strangers_forward_nothing() -> None:
    lines = [("host", "own"), ("forwarded", "for=9.9.9.9;host=evil;proto=https"), ("x-forwarded-for", "9.9.9.9"),
             ("x-forwarded-host", "evil"), ("x-forwarded-proto", "https"), ("x-forwarded-prefix", "/evil")]  # fmt: skip
    assert _view(External(), *lines) == ("http://own", "own", "10.0.0.1")
    assert _view(External(PROXIES), *lines, peer="192.0.2.7") == ("http://own", "own", "192.0.2.7")


@pytest.mark.parametrize(
    ("lines", "root", "address"),
    [
        ([("x-forwarded-proto", "https")], "https://own", "10.0.0.1"),
        ([("x-forwarded-proto", "HTTPS"), ("x-forwarded-port", "443")], "https://own", "10.0.0.1"),
        ([("x-forwarded-port", "8443")], "http://own:8443", "10.0.0.1"),
        ([("x-forwarded-port", "nonsense")], "http://own", "10.0.0.1"),
        ([("x-forwarded-host", "out:81"), ("x-forwarded-port", "82")], "http://out:81", "10.0.0.1"),
        ([("x-forwarded-host", "[::1]"), ("x-forwarded-port", "82")], "http://[::1]:82", "10.0.0.1"),
        ([("x-forwarded-prefix", "/cloud/")], "http://own/cloud", "10.0.0.1"),
        ([("x-forwarded-for", "192.0.2.7")], "http://own", "192.0.2.7"),
        ([("x-forwarded-for", "192.0.2.7:5678")], "http://own", "192.0.2.7"),
        ([("x-forwarded-for", "unknown")], "http://own", "10.0.0.1"),
        (
            [("forwarded", 'for="[2001:db8::1]:99";host="out:8443";proto=https')],
            "https://out:8443",
            "2001:db8::1",
        ),
        ([("forwarded", "For=192.0.2.7; Proto=https")], "https://own", "192.0.2.7"),
        ([("forwarded", "for=_hidden;proto=https")], "https://own", "10.0.0.1"),
    ],
)
def test_a_trusted_proxy_says_what_the_client_called(
    lines: list[tuple[str, str]], root: str, address: str
) -> None:
    seen = _view(External(PROXIES), ("host", "own"), *lines)
    assert (seen[0], seen[2]) == (root, address)


def test_what_a_client_wrote_in_front_of_the_proxys_words_does_not_count() -> None:
    proxied = External(PROXIES)
    legacy = [
        ("x-forwarded-for", "6.6.6.6, 192.0.2.7"),
        ("x-forwarded-proto", "http, https"),
        ("x-forwarded-host", "evil, out"),
    ]
    assert _view(proxied, ("host", "own"), *legacy) == ("https://out", "out", "192.0.2.7")
    standard = "for=6.6.6.6;host=evil, for=192.0.2.7;host=out;proto=https"
    assert _view(proxied, ("host", "own"), ("forwarded", standard)) == ("https://out", "out", "192.0.2.7")
    lines = [("forwarded", part.strip()) for part in standard.split(",")]
    assert _view(proxied, ("host", "own"), *lines) == ("https://out", "out", "192.0.2.7")


def test_a_chain_of_trusted_proxies_is_followed_to_the_client() -> None:
    lines = [
        ("x-forwarded-for", "6.6.6.6, 192.0.2.7, fd00::5"),
        ("x-forwarded-host", "evil, out, inner"),
        ("x-forwarded-proto", "https"),
    ]
    assert _view(External(PROXIES), ("host", "own"), *lines) == ("https://out", "out", "192.0.2.7")


@pytest.mark.parametrize(
    "line",
    [
        ("x-forwarded-proto", "javascript"),
        ("x-forwarded-host", "a b"),
        ("x-forwarded-prefix", "//evil"),
        ("x-forwarded-prefix", "/a b"),
        ("forwarded", "proto=ftp"),
    ],
)
def test_what_cannot_be_is_refused_of_trusted_proxies_too(line: tuple[str, str]) -> None:
    with pytest.raises(BadRequest):
        _view(External(PROXIES), ("host", "own"), line)


def test_a_settled_url_is_the_root_whatever_is_called() -> None:
    external = External(PROXIES, "https://cloud.example.com/ionstack/")
    for lines in ([("host", "dns.de-fra.ionos.com")], [("host", "own"), ("x-forwarded-host", "out")]):
        assert _view(external, *lines)[0] == "https://cloud.example.com/ionstack"
    assert _view(external, ("host", "dns.de-fra.ionos.com"))[1] == "dns.de-fra.ionos.com"


words = st.text(st.characters(max_codepoint=255), max_size=40)
names = st.sampled_from(
    ["host", "forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-forwarded-port", "x-forwarded-prefix"]
)  # fmt: skip


@settings(derandomize=True, deadline=None)
@given(st.lists(st.tuples(names, words | st.sampled_from(["for=", "for=[", ",", ";", "10.0.0.9,10.0.0.8"]))))
def test_no_header_breaks_it_or_gets_into_the_url(lines: list[tuple[str, str]]) -> None:
    try:
        root, _, _ = _view(External(PROXIES), ("host", "own"), *lines)
    except BadRequest:
        return
    assert root.isascii()
    assert not set(root) & set(" \r\n\t\"'<>@?#\\")

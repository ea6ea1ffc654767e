"""What browsers are told before and after a call from a foreign page."""

from __future__ import annotations

from ionstack.gateway import cors

ASKING = {"origin": "https://page.example", "access-control-request-method": "POST"}


def test_a_preflight_is_an_options_call_that_asks() -> None:
    assert cors.is_preflight("OPTIONS", ASKING)
    assert not cors.is_preflight("GET", ASKING)
    assert not cors.is_preflight("OPTIONS", {"origin": "https://page.example"})
    assert not cors.is_preflight("OPTIONS", {})


def test_the_headers_that_are_asked_for_are_allowed() -> None:
    told = cors.preflight({**ASKING, "access-control-request-headers": "authorization, x-own"})
    assert told.status == 204
    assert told.headers["Access-Control-Allow-Headers"] == "authorization, x-own"
    assert {"PATCH", "DELETE"} <= set(told.headers["Access-Control-Allow-Methods"].split(", "))


def test_nothing_is_injected_by_what_is_asked_for() -> None:
    for asked in ("x\r\nset-cookie: a=b", "\x00", "é"):
        told = cors.preflight({**ASKING, "access-control-request-headers": asked})
        assert told.headers["Access-Control-Allow-Headers"] == "authorization"


def test_pages_may_read_what_clients_need_and_cookies_are_never_allowed() -> None:
    told = cors.headers_for(ASKING)
    assert told["access-control-allow-origin"] == "*"
    assert {"Location", "Retry-After", "X-Request-Id", "ETag"} <= set(
        told["access-control-expose-headers"].split(", ")
    )
    assert "Access-Control-Allow-Credentials" not in {**told, **cors.preflight(ASKING).headers}
    assert cors.headers_for({}) == {}

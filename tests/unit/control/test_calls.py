"""The latest calls: the newest first, never too many."""

from __future__ import annotations

from ionstack.control.calls import Calls, Recorded


def _call(id: str, status: int = 200, contract: int = 1) -> Recorded:
    return Recorded(id, 0, "GET", "/x", "cloudapi", "op", status, 0.0015, contract)


def _ids(calls: Calls, **chosen: int) -> str:
    return "".join(call.request_id for call in calls.latest(10, **chosen))


def test_the_newest_come_first_and_the_oldest_are_forgotten() -> None:
    calls = Calls(kept=3)
    for id in "abcd":
        calls.add(_call(id))
    assert _ids(calls) == "dcb"
    assert [call.request_id for call in calls.latest(1)] == ["d"]


def test_they_are_chosen_by_contract_and_status() -> None:
    calls = Calls()
    calls.add(_call("a", contract=1))
    calls.add(_call("b", contract=2, status=404))
    calls.add(_call("c", contract=1, status=404))
    assert _ids(calls, contract=1) == "ca"
    assert _ids(calls, status=404) == "cb"
    assert _ids(calls, contract=2, status=200) == ""
    calls.forget(1)
    assert _ids(calls) == "b"


def test_a_call_is_shown_in_the_apis_words() -> None:
    shown = _call("a", contract=0).shown()
    assert shown["milliseconds"] == 1.5
    assert shown["at"] == "1970-01-01T00:00:00Z"
    assert shown["contractNumber"] is None

"""Conditions of a policy's statement: operators over what is known of the request."""

from __future__ import annotations

import re
from calendar import timegm
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from ipaddress import ip_address, ip_network

from ionstack.errors import S3Error

Facts = Callable[[str], Sequence[str] | None]
"""The values of a condition key in lower case, or None if the request has none."""


class Pattern:
    """A text where `*` stands for any text and `?` for any character.

    The pieces between the stars are looked for one after the other, each where it first occurs: so nobody can
    write a pattern that takes for ever.
    """

    __slots__ = ("_last", "_pieces")

    def __init__(self, text: str, flags: int) -> None:
        *pieces, last = text.split("*")
        self._pieces = [_piece(piece, flags) for piece in pieces]
        self._last = _piece(last, flags)

    def matches(self, text: str) -> bool:
        """Whether a text is one of those that the pattern stands for."""
        end, at = len(text) - self._last[1], 0
        for number, (piece, _) in enumerate(self._pieces):
            found = piece.search(text, at) if number else piece.match(text)
            if found is None:
                return False
            at = found.end()
        right = end >= at if self._pieces else end == 0
        return right and self._last[0].match(text, end) is not None


def _piece(text: str, flags: int) -> tuple[re.Pattern[str], int]:
    return re.compile("".join("." if c == "?" else re.escape(c) for c in text), re.DOTALL | flags), len(text)


@lru_cache(maxsize=2048)
def pattern(text: str, *, ignore_case: bool = False) -> Pattern:
    """A pattern, compiled once."""
    return Pattern(text, re.IGNORECASE if ignore_case else 0)


def _like(have: str, want: str) -> bool:
    return pattern(want).matches(have)


def _number(test: Callable[[float, float], bool]) -> Callable[[str, str], bool]:
    return lambda have, want: test(float(have), float(want))


def _date(test: Callable[[float, float], bool]) -> Callable[[str, str], bool]:
    return lambda have, want: test(_instant(have), _instant(want))


def _instant(text: str) -> float:
    if re.fullmatch(r"\d+(\.\d+)?", text):
        return float(text)
    return timegm(datetime.fromisoformat(text).utctimetuple())


def _address(have: str, want: str) -> bool:
    return ip_address(have) in ip_network(want, strict=False)


_POSITIVE: Mapping[str, Callable[[str, str], bool]] = {
    "stringequals": lambda have, want: have == want,
    "stringequalsignorecase": lambda have, want: have.lower() == want.lower(),
    "stringlike": _like,
    "arnequals": _like,
    "arnlike": _like,
    "numericequals": _number(lambda a, b: a == b),
    "numericlessthan": _number(lambda a, b: a < b),
    "numericlessthanequals": _number(lambda a, b: a <= b),
    "numericgreaterthan": _number(lambda a, b: a > b),
    "numericgreaterthanequals": _number(lambda a, b: a >= b),
    "dateequals": _date(lambda a, b: a == b),
    "datelessthan": _date(lambda a, b: a < b),
    "datelessthanequals": _date(lambda a, b: a <= b),
    "dategreaterthan": _date(lambda a, b: a > b),
    "dategreaterthanequals": _date(lambda a, b: a >= b),
    "bool": lambda have, want: have.lower() == want.lower(),
    "binaryequals": lambda have, want: have == want,
    "ipaddress": _address,
}
_NEGATIVE: Mapping[str, str] = {
    "stringnotequals": "stringequals",
    "stringnotequalsignorecase": "stringequalsignorecase",
    "stringnotlike": "stringlike",
    "arnnotequals": "arnequals",
    "arnnotlike": "arnlike",
    "numericnotequals": "numericequals",
    "datenotequals": "dateequals",
    "notipaddress": "ipaddress",
}


def prove(operator: str) -> None:
    """Raises S3Error for an operator that does not exist."""
    name = _bare(operator)[0]
    if name not in _POSITIVE and name not in _NEGATIVE and name != "null":
        raise S3Error("MalformedPolicy", f"There is no condition operator {operator[:64]}")


def _bare(operator: str) -> tuple[str, bool, str]:
    """The operator itself, whether a missing key satisfies it, and how many values must."""
    name = operator.lower()
    quantity = ""
    for prefix in ("foranyvalue:", "forallvalues:"):
        if name.startswith(prefix):
            quantity, name = prefix, name.removeprefix(prefix)
    optional = name.endswith("ifexists")
    return name.removesuffix("ifexists"), optional, quantity


def holds(operator: str, key: str, wanted: Sequence[str], facts: Facts) -> bool:
    """Whether one line of a condition holds."""
    name, optional, quantity = _bare(operator)
    have = facts(key.lower())
    if name == "null":
        return (have is None) == (wanted[0].lower() == "true")
    negative = name in _NEGATIVE
    if not have:
        return optional or negative or quantity == "forallvalues:"
    test = _POSITIVE[_NEGATIVE.get(name, name)]

    def one(value: str) -> bool:
        try:
            matched = any(test(value, want) for want in wanted)
        except ValueError:
            matched = False
        return matched != negative

    return all(map(one, have)) if quantity == "forallvalues:" or negative else any(map(one, have))

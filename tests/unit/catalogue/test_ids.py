from __future__ import annotations

from uuid import UUID

from ionstack.catalogue.ids import new_uuid
from ionstack.engine.clock import SECOND


def test_a_new_uuid_is_of_version_4_and_no_other_is_like_it() -> None:
    made = {new_uuid(1_700_000_000 * SECOND) for _ in range(1000)}
    assert len(made) == 1000
    assert {(UUID(id).version, str(UUID(id)) == id, UUID(id).variant) for id in made} == {
        (4, True, "specified in RFC 4122")
    }


def test_uuids_are_in_the_order_of_their_times() -> None:
    made = [new_uuid(second * SECOND) for second in (0, 1, 1_700_000_000, 1_700_000_001, 4_000_000_000)]
    assert made == sorted(made)

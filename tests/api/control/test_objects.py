"""What the control API tells of Object Storage: damaged bodies, and what contracts keep of their quotas."""

from __future__ import annotations

from tests.api.conftest import Running
from tests.api.control.conftest import Tenant


async def test_the_check_goes_on_where_it_ended_and_comes_to_an_end(running: Running) -> None:
    first = (await running.control("GET", "/objects/check")).json()
    assert first == {"bodies": 0, "bytes": 0, "damages": [], "next": "part//0"}
    last = (await running.control("GET", "/objects/check", params={"after": first["next"]})).json()
    assert last["next"] is None
    refused = await running.control("GET", "/objects/check", params={"after": "nowhere"})
    assert (refused.status_code, "give what `next` said" in refused.text) == (400, True)
    assert (await running.http.get("/_ionstack/objects/check")).status_code == 401


async def test_a_quota_is_set_shown_and_taken_away(running: Running, tenant: Tenant) -> None:
    for quota in (10**12, 0, None):
        changed = await running.control(
            "PATCH", f"/contracts/{tenant.number}", json={"objectStorageQuota": quota}
        )
        assert changed.json()["objectStorageQuota"] == quota
        assert changed.json()["used"]["objectStorageQuota"] == 0
    refused = await running.control("PATCH", f"/contracts/{tenant.number}", json={"objectStorageQuota": -1})
    assert refused.status_code == 422

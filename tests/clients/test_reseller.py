"""A reseller, a customer and the customer's people, each with the official Python SDK."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import ionoscloud
import pytest

from tests.clients.conftest import ADMIN_TOKEN, Server


def client(server: Server, token: str) -> ionoscloud.ApiClient:
    return ionoscloud.ApiClient(ionoscloud.Configuration(host=f"{server.url}/cloudapi/v6", token=token))


@pytest.fixture
def control(server: Server) -> Iterator[httpx.Client]:
    headers = {"Authorization": f"Bearer {ADMIN_TOKEN}"}
    with httpx.Client(base_url=f"{server.url}/_ionstack", headers=headers) as client:
        yield client


def test_a_reseller_sets_up_a_customer_whose_people_do_what_they_may(
    server: Server, control: httpx.Client
) -> None:
    master = control.get("/contracts").json()["items"][0]["contractNumber"]
    customer = control.post("/contracts", json={"master": master, "name": "customer"}).json()
    number = customer["contractNumber"]

    with client(server, server.token) as reseller:
        datacenters = ionoscloud.DataCentersApi(reseller)
        wish = {"properties": {"name": "set up", "location": "de/txl"}}
        made, _, headers = datacenters.datacenters_post_with_http_info(wish, x_contract_number=number)
        status = ionoscloud.RequestsApi(reseller).requests_status_get(
            headers["Location"].split("/")[-2], x_contract_number=number
        )
        assert status.metadata.status == "DONE"
        assert datacenters.datacenters_get().items == []
        shown = ionoscloud.ContractResourcesApi(reseller).contracts_get(x_contract_number=number)
        assert shown.items[0].properties.contract_number == number
        with pytest.raises(ionoscloud.ApiException) as foreign:
            datacenters.datacenters_get(x_contract_number=4711)
        assert foreign.value.status == 403

    with client(server, customer["token"]) as owner:
        assert [one.id for one in ionoscloud.DataCentersApi(owner).datacenters_get().items] == [made.id]
        with pytest.raises(ionoscloud.ApiException) as upward:
            ionoscloud.DataCentersApi(owner).datacenters_get(x_contract_number=master)
        assert upward.value.status == 403
        um = ionoscloud.UserManagementApi(owner)
        person = {
            "firstname": "a",
            "lastname": "b",
            "email": "plain@customer.example",
            "password": "secret word",
        }
        user = um.um_users_post({"properties": {**person, "administrator": False, "forceSecAuth": False}}).id
        group = um.um_groups_post({"properties": {"name": "readers", "reserveIp": True}}).id
        um.um_groups_users_post(group, {"id": user})
        um.um_groups_shares_post(group, made.id, {"properties": {"editPrivilege": False}})

    configuration = ionoscloud.Configuration(
        host=f"{server.url}/cloudapi/v6", username=person["email"], password=person["password"]
    )
    with ionoscloud.ApiClient(configuration) as plain:
        mine = ionoscloud.DataCentersApi(plain)
        assert mine.datacenters_find_by_id(made.id).properties.name == "set up"
        ionoscloud.IPBlocksApi(plain).ipblocks_post({"properties": {"location": "de/txl", "size": 1}})
        beyond: tuple[Callable[[], Any], ...] = (
            lambda: mine.datacenters_post(wish),
            lambda: mine.datacenters_patch(made.id, {"name": "mine"}),
            lambda: ionoscloud.UserManagementApi(plain).um_groups_get(),
        )
        for refused in beyond:
            with pytest.raises(ionoscloud.ApiException) as told:
                refused()
            assert told.value.status == 403
        assert (
            ionoscloud.UserManagementApi(plain).um_users_find_by_id(user).properties.email == person["email"]
        )

    control.patch(f"/contracts/{number}", json={"status": "SUSPENDED"}).raise_for_status()
    with client(server, customer["token"]) as late, pytest.raises(ionoscloud.ApiException) as out:
        ionoscloud.DataCentersApi(late).datacenters_get()
    assert out.value.status == 403

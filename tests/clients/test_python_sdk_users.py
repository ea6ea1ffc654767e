"""User management with the official Python SDK: a team of one group, and everything it is given."""

from __future__ import annotations

from collections.abc import Iterator

import ionoscloud
import pytest
from ionoscloud import Group, GroupProperties, GroupShare, GroupShareProperties, User, UserPost, UserPut
from ionoscloud import UserPropertiesPost as NewUser
from ionoscloud import UserPropertiesPut as OtherUser

from tests.clients.conftest import Server

PERSON = {"firstname": "Ada", "lastname": "L", "email": "ada@example.com", "force_sec_auth": False}


@pytest.fixture
def client(server: Server) -> Iterator[ionoscloud.ApiClient]:
    host = f"{server.url}/cloudapi/v6"
    with ionoscloud.ApiClient(ionoscloud.Configuration(host=host, token=server.token)) as client:
        yield client


def test_a_team_is_set_up_and_dissolved(client: ionoscloud.ApiClient, server: Server) -> None:
    """Every one of the thirty operations, by the names that the SDK has for them."""
    um, keys = ionoscloud.UserManagementApi(client), ionoscloud.UserS3KeysApi(client)
    datacenters = ionoscloud.DataCentersApi(client)
    dc = datacenters.datacenters_post({"properties": {"name": "shared", "location": "de/txl"}}).id
    wanted = Group(properties=GroupProperties(name="crew", create_data_center=True, s3_privilege=True))
    made, status, headers = um.um_groups_post_with_http_info(wanted)
    assert status == 202
    client.wait_for_completion(headers["Location"].split("/")[-2])
    group = made.id
    person = NewUser(**PERSON, password="analytical", administrator=False)
    user = um.um_users_post(UserPost(properties=person)).id
    assert um.um_groups_users_post(group, User(id=user, properties={})).properties.email == "ada@example.com"
    share = GroupShare(properties=GroupShareProperties(edit_privilege=True))
    assert um.um_groups_shares_post(group, dc, share).properties.edit_privilege is True

    configuration = ionoscloud.Configuration(
        host=f"{server.url}/cloudapi/v6", username="ada@example.com", password="analytical"
    )
    with ionoscloud.ApiClient(configuration) as hers:
        assert [one.id for one in ionoscloud.DataCentersApi(hers).datacenters_get().items] == [dc]
        mine = ionoscloud.DataCentersApi(hers).datacenters_post(
            {"properties": {"name": "hers", "location": "de/txl"}}
        )
        with pytest.raises(ionoscloud.ApiException) as refused:
            ionoscloud.UserManagementApi(hers).um_users_get()
        assert refused.value.status == 403

    assert [one.id for one in um.um_users_owns_get(user, depth=1).items] == [mine.id]
    assert [one.properties.name for one in um.um_users_groups_get(user, depth=1).items] == ["crew"]
    assert len(um.um_users_get(depth=2).items) == 2
    whole = um.um_users_find_by_id(user, depth=3)
    assert whole.entities.groups.items[0].properties.create_data_center is True
    assert [one.id for one in um.um_groups_users_get(group).items] == [user]
    assert [one.type for one in um.um_groups_resources_get(group, depth=1).items] == ["datacenter"]
    assert [one.id for one in um.um_groups_shares_get(group, depth=1).items] == [dc]
    assert um.um_groups_shares_find_by_resource_id(group, dc).type == "resource"
    less = GroupShare(properties=GroupShareProperties(share_privilege=True))
    assert um.um_groups_shares_put(group, dc, less).properties.edit_privilege is False
    assert um.um_groups_find_by_id(group, depth=3).entities.users.items[0].properties.email == PERSON["email"]
    assert len(um.um_groups_get(depth=1).items) == 1

    key = keys.um_users_s3keys_post(user)
    assert (
        keys.um_users_s3keys_find_by_key_id(user, key.id).properties.secret_key == key.properties.secret_key
    )
    assert (
        keys.um_users_s3keys_put(user, key.id, {"properties": {"active": False}}).properties.active is False
    )
    assert len(keys.um_users_s3keys_get(user, depth=1).items) == 1
    assert keys.um_users_s3ssourl_get(user).sso_url.startswith(server.url)

    assert {one.id for one in um.um_resources_get(depth=1).items} == {dc, mine.id}
    assert len(um.um_resources_find_by_type("datacenter", depth=1).items) == 2
    assert um.um_resources_find_by_type_and_id("datacenter", dc).properties.name == "shared"

    renamed = UserPut(properties=OtherUser(**{**PERSON, "firstname": "Augusta"}, administrator=False))
    assert um.um_users_put(user, renamed).properties.firstname == "Augusta"
    assert (
        um.um_groups_put(group, Group(properties=GroupProperties(name="x"))).properties.s3_privilege is False
    )

    keys.um_users_s3keys_delete(user, key.id)
    um.um_groups_shares_delete(group, dc)
    um.um_groups_users_delete(group, user)
    um.um_groups_delete(group)
    um.um_users_delete(user)
    assert len(um.um_users_get().items) == 1

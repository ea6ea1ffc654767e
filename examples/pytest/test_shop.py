import ionoscloud
import pytest
from shop import NoMachine, open_shop


def datacenters(client):
    return [one.properties.name for one in ionoscloud.DataCentersApi(client).datacenters_get(depth=1).items]


@pytest.mark.parametrize("name", ["books", "bread", "shoes", "tea"])
def test_a_shop_has_the_cloud_to_itself(client, name):
    assert open_shop(client, name)
    assert datacenters(client) == [f"{name} datacenter"]


def test_an_overloaded_cloud_is_asked_again(client, ionstack_fault):
    ionstack_fault(status=503, method="POST", times=2)
    assert open_shop(client, "books")


def test_a_cloud_that_stays_overloaded_is_told(client, ionstack_fault):
    ionstack_fault(status=503, path="/cloudapi/v6/datacenters/*/servers", times=9)
    with pytest.raises(NoMachine, match="503"):
        open_shop(client, "books")


def test_a_machine_that_cannot_be_made_is_told(client, ionstack_fault):
    ionstack_fault(provisioning="FAILED", message="no such disk", path="/cloudapi/v6/datacenters/*/servers")
    with pytest.raises(NoMachine, match="no such disk"):
        open_shop(client, "books")


@pytest.mark.ionstack(limits={"coresPerContract": 1})
def test_a_shop_does_not_fit_into_a_small_contract(client):
    with pytest.raises(NoMachine, match="422"):
        open_shop(client, "books")


def test_what_was_called(client, ionstack_contract):
    open_shop(client, "books")
    writing = [call["path"] for call in ionstack_contract.calls() if call["method"] == "POST"]
    assert len(writing) == 2
    assert [event["action"] for event in ionstack_contract.audit(kind="cloudapi.server")] == ["create"]

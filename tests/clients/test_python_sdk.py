"""What a user of the official Python SDK does, from the first data center to the last."""

from __future__ import annotations

from collections.abc import Iterator

import ionoscloud
import pytest
from ionoscloud.rest import ApiException

from tests.clients.conftest import Server


@pytest.fixture
def client(server: Server) -> Iterator[ionoscloud.ApiClient]:
    """A client pointed at the server as the SDK's own guide says: its address, and a token."""
    configuration = ionoscloud.Configuration(host=f"{server.url}/cloudapi/v6", token=server.token)
    with ionoscloud.ApiClient(configuration) as client:
        yield client


def wait(client: ionoscloud.ApiClient, headers: dict[str, str]) -> None:
    """Wait until the request is done whose status the `Location` of an answer names."""
    client.wait_for_completion(headers["Location"].split("/")[-2], timeout=20)


def test_the_life_of_a_datacenter_with_lans(client: ionoscloud.ApiClient) -> None:
    datacenters, lans = ionoscloud.DataCentersApi(client), ionoscloud.LANsApi(client)

    # One call makes the data center and the LANs in it.
    created, status, headers = datacenters.datacenters_post_with_http_info(
        ionoscloud.DatacenterPost(
            properties=ionoscloud.DatacenterPropertiesPost(name="home", location="de/txl"),
            entities=ionoscloud.DataCenterEntities(
                lans=ionoscloud.Lans(
                    items=[
                        ionoscloud.Lan(properties=ionoscloud.LanProperties(name="outside", public=True)),
                        ionoscloud.Lan(properties=ionoscloud.LanProperties(name="inside", public=False)),
                    ]
                )
            ),
        )
    )
    assert (status, created.metadata.state) == (202, "BUSY")
    wait(client, headers)

    # It is in the list, and at depth 3 the list shows the LANs inside.
    listed = datacenters.datacenters_get(depth=3).items
    assert [one.id for one in listed] == [created.id]
    assert listed[0].metadata.state == "AVAILABLE"
    assert {lan.properties.name for lan in listed[0].entities.lans.items} == {"outside", "inside"}

    # One more LAN, numbered by the data center, then another name for it.
    lan, _, headers = lans.datacenters_lans_post_with_http_info(
        created.id, ionoscloud.Lan(properties=ionoscloud.LanProperties(name="storage", public=False))
    )
    wait(client, headers)
    assert lan.id == "3"
    _, _, headers = lans.datacenters_lans_patch_with_http_info(
        created.id, lan.id, ionoscloud.LanProperties(name="backup")
    )
    wait(client, headers)
    assert lans.datacenters_lans_find_by_id(created.id, lan.id).properties.name == "backup"

    # A patch changes what it names and leaves the rest.
    _, _, headers = datacenters.datacenters_patch_with_http_info(
        created.id, ionoscloud.DatacenterPropertiesPut(description="where we live")
    )
    wait(client, headers)
    changed = datacenters.datacenters_find_by_id(created.id).properties
    assert (changed.name, changed.description) == ("home", "where we live")

    # Deleting it takes the LANs along; afterwards there is nothing there.
    _, status, headers = datacenters.datacenters_delete_with_http_info(created.id)
    assert status == 202
    wait(client, headers)
    with pytest.raises(ApiException) as gone:
        datacenters.datacenters_find_by_id(created.id)
    assert gone.value.status == 404


def test_labels_find_what_they_are_on(client: ionoscloud.ApiClient) -> None:
    datacenters, labels = ionoscloud.DataCentersApi(client), ionoscloud.LabelsApi(client)
    datacenter, _, headers = datacenters.datacenters_post_with_http_info(
        ionoscloud.DatacenterPost(
            properties=ionoscloud.DatacenterPropertiesPost(name="labelled", location="de/fra")
        )
    )
    wait(client, headers)

    labels.datacenters_labels_post(
        datacenter.id,
        ionoscloud.LabelResource(properties=ionoscloud.LabelResourceProperties(key="stage", value="test")),
    )
    labels.datacenters_labels_put(
        datacenter.id,
        "stage",
        ionoscloud.LabelResource(properties=ionoscloud.LabelResourceProperties(key="stage", value="live")),
    )
    assert labels.datacenters_labels_find_by_key(datacenter.id, "stage").properties.value == "live"

    (label,) = labels.labels_get(depth=1).items
    assert (label.properties.resource_type, label.properties.resource_id) == ("datacenter", datacenter.id)
    labels.datacenters_labels_delete(datacenter.id, "stage")
    assert labels.labels_get(depth=1).items == []


def test_addresses_come_in_blocks(client: ionoscloud.ApiClient) -> None:
    blocks = ionoscloud.IPBlocksApi(client)
    block, _, headers = blocks.ipblocks_post_with_http_info(
        ionoscloud.IpBlock(properties=ionoscloud.IpBlockProperties(name="front", location="de/txl", size=2))
    )
    wait(client, headers)
    assert len(set(blocks.ipblocks_find_by_id(block.id).properties.ips)) == 2
    _, _, headers = blocks.ipblocks_delete_with_http_info(block.id)
    wait(client, headers)
    assert block.id not in {one.id for one in blocks.ipblocks_get().items}


def test_kubernetes_with_a_pool_of_nodes(client: ionoscloud.ApiClient) -> None:
    kubernetes, servers = ionoscloud.KubernetesApi(client), ionoscloud.ServersApi(client)
    datacenter, _, headers = ionoscloud.DataCentersApi(client).datacenters_post_with_http_info(
        ionoscloud.DatacenterPost(properties=ionoscloud.DatacenterPropertiesPost(location="de/txl"))
    )
    wait(client, headers)
    version = kubernetes.k8s_versions_default_get().strip('"')
    assert version in kubernetes.k8s_versions_get()
    cluster, _, headers = kubernetes.k8s_post_with_http_info(
        ionoscloud.KubernetesClusterForPost(
            properties=ionoscloud.KubernetesClusterPropertiesForPost(name="fleet", k8s_version=version)
        )
    )
    wait(client, headers)
    assert kubernetes.k8s_find_by_cluster_id(cluster.id).metadata.state == "ACTIVE"
    pool, _, headers = kubernetes.k8s_nodepools_post_with_http_info(
        cluster.id,
        ionoscloud.KubernetesNodePoolForPost(
            properties=ionoscloud.KubernetesNodePoolPropertiesForPost(
                name="ships", datacenter_id=datacenter.id, node_count=2, cores_count=2, ram_size=4096,
                availability_zone="AUTO", storage_type="SSD", storage_size=20,
            )
        ),
    )  # fmt: skip
    wait(client, headers)
    nodes = kubernetes.k8s_nodepools_nodes_get(cluster.id, pool.id, depth=1).items
    assert [node.metadata.state for node in nodes] == ["READY", "READY"]
    assert len(servers.datacenters_servers_get(datacenter.id).items) == 2
    assert "certificate-authority-data" in kubernetes.k8s_kubeconfig_get(cluster.id)
    _, _, headers = kubernetes.k8s_nodepools_put_with_http_info(
        cluster.id,
        pool.id,
        ionoscloud.KubernetesNodePoolForPut(
            properties=ionoscloud.KubernetesNodePoolPropertiesForPut(node_count=1)
        ),
    )
    wait(client, headers)
    assert len(kubernetes.k8s_nodepools_nodes_get(cluster.id, pool.id).items) == 1
    _, _, headers = kubernetes.k8s_nodepools_delete_with_http_info(cluster.id, pool.id)
    wait(client, headers)
    _, _, headers = kubernetes.k8s_delete_with_http_info(cluster.id)
    wait(client, headers)
    assert cluster.id not in {one.id for one in kubernetes.k8s_get().items}


def test_a_mistake_is_explained(client: ionoscloud.ApiClient) -> None:
    with pytest.raises(ApiException) as refused:
        ionoscloud.DataCentersApi(client).datacenters_post(
            ionoscloud.DatacenterPost(
                properties=ionoscloud.DatacenterPropertiesPost(name="nowhere", location="xx/yyy")
            )
        )
    assert refused.value.status == 422
    assert "location" in str(refused.value)

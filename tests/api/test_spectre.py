"""A family of APIs that nothing served yet belongs to: regional, relative hrefs, 201 and 200 instead of 202.

The resource exists in this test alone. That it works shows that a new wire family needs no change of the
engine, which knows no API by name.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Annotated, Any

import httpx
import pytest

import ionstack.engine
from ionstack.apis import cloudapi
from ionstack.apis.index import APIS, BOTH
from ionstack.app import application, build_cloud
from ionstack.catalogue.api import Api
from ionstack.catalogue.field import Immutable, Maybe, Range, Secret
from ionstack.catalogue.lifecycle import Lifecycle
from ionstack.catalogue.properties import Properties
from ionstack.catalogue.resource import Resource
from ionstack.catalogue.view import View
from ionstack.dialects.spectre.operations import of_view
from ionstack.engine.clock import FrozenClock
from ionstack.engine.worker import Worker
from tests.api.conftest import PASSWORD, ROOT, USERNAME, settings, token


class ClusterProperties(Properties):
    name: str
    size: Annotated[int, Range(1, 5)] = 1
    version: Immutable[Maybe[str]] = None
    password: Secret[Maybe[str]] = None


cluster = Resource(
    kind="sample.cluster",
    properties=ClusterProperties,
    lifecycle=Lifecycle(creating="PROVISIONING", updating="UPDATING", deleting="DESTROYING"),
)
clusters = View(
    resource=cluster,
    type="cluster",
    collection="/clusters",
    item="/clusters/{clusterId}",
    operations={verb: f"clusters {verb}" for verb in ("list", "create", "get", "ensure", "update", "delete")},
    tag="Clusters",
    schemas={"item": "Cluster", "list": "Clusters", "properties": "ClusterProperties"},
)


class NodeProperties(Properties):
    name: str


node = Resource(kind="sample.node", properties=NodeProperties, parent="sample.cluster")
nodes = View(
    resource=node,
    type="node",
    collection="/clusters/{clusterId}/nodes",
    item="/clusters/{clusterId}/nodes/{nodeId}",
    parent=cluster,
    operations={verb: f"nodes {verb}" for verb in ("list", "create", "get", "ensure", "update", "delete")},
    tag="Nodes",
    schemas={"item": "Node", "list": "Nodes", "properties": "NodeProperties"},
)
SAMPLE = Api(
    "sample", "Sample", "v1", BOTH, "sample.{region}.example", "", "spectre", "sample", ("de-fra", "de-txl"),
    operations=lambda: (*of_view(clusters), *of_view(nodes)),
)  # fmt: skip


class Sample:
    """A cloud with one more API."""

    def __init__(self, cloud: Any, http: httpx.AsyncClient) -> None:
        self.cloud, self.http = cloud, http

    async def call(self, method: str, path: str, body: Any = None, region: str = "de-fra") -> httpx.Response:
        return await self.http.request(method, f"/sample/{region}{path}", json=body)


@pytest.fixture
async def sample(tmp_path: Path, database: str | None) -> AsyncIterator[Sample]:
    apis = (*APIS, SAMPLE)
    cloud = await build_cloud(
        settings(tmp_path, database), FrozenClock(), apis=apis, resources=(*cloudapi.RESOURCES, cluster, node)
    )
    transport = httpx.ASGITransport(application(cloud, apis))
    async with httpx.AsyncClient(transport=transport, base_url=ROOT) as http:
        http.headers["Authorization"] = f"Bearer {await token(http, USERNAME, PASSWORD)}"
        yield Sample(cloud, http)
    await cloud.store.close()
    cloud.identity.close()


BODY = {"properties": {"name": "one", "size": 2, "password": "a planted secret"}}


async def test_a_cluster_lives_in_its_region(sample: Sample) -> None:
    made = await sample.call("POST", "/clusters", BODY)
    assert made.status_code == 201, made.text
    body = made.json()
    assert body["href"] == f"/clusters/{body['id']}"
    assert body["type"] == "cluster"
    assert body["metadata"]["state"] == "PROVISIONING"
    assert body["metadata"]["createdBy"].startswith("ionos:identity:::users/")
    urn = rf"ionos:sample:de/fra:\d+:clusters/{body['id']}"
    assert re.fullmatch(urn, body["metadata"]["resourceURN"])
    assert body["properties"] == {"name": "one", "size": 2}

    read = await sample.call("GET", f"/clusters/{body['id']}")
    assert (read.status_code, read.json()["metadata"]["state"]) == (200, "AVAILABLE")
    assert (await sample.call("GET", f"/clusters/{body['id']}", region="de-txl")).status_code == 404
    assert [one["id"] for one in (await sample.call("GET", "/clusters")).json()["items"]] == [body["id"]]
    assert (await sample.call("GET", "/clusters", region="de-txl")).json()["items"] == []


async def test_the_official_host_is_the_same_place(sample: Sample) -> None:
    id = (await sample.call("POST", "/clusters", BODY)).json()["id"]
    for host in ("sample.de-fra.example", "sample.de-fra.localhost"):
        assert (await sample.http.get(f"/clusters/{id}", headers={"Host": host})).status_code == 200
    elsewhere = await sample.http.get(f"/clusters/{id}", headers={"Host": "sample.de-txl.example"})
    assert elsewhere.status_code == 404


async def test_put_creates_under_the_given_id_and_then_replaces(sample: Sample) -> None:
    id = str(uuid.uuid4())
    assert (await sample.call("PUT", f"/clusters/{id}", {"id": id, **BODY})).status_code == 201
    replaced = await sample.call("PUT", f"/clusters/{id}", {"id": id, "properties": {"name": "two"}})
    assert replaced.status_code == 200
    assert replaced.json()["properties"] == {"name": "two", "size": 1}
    patched = await sample.call("PATCH", f"/clusters/{id}", {"properties": {"size": 3}})
    assert patched.json()["properties"] == {"name": "two", "size": 3}
    assert (await sample.call("PUT", "/clusters/no-uuid", BODY)).status_code == 400


async def test_a_deleted_cluster_is_gone(sample: Sample) -> None:
    id = (await sample.call("POST", "/clusters", BODY)).json()["id"]
    answer = await sample.call("DELETE", f"/clusters/{id}")
    assert (answer.status_code, answer.content) == (202, b"")
    gone = await sample.call("GET", f"/clusters/{id}")
    assert gone.status_code == 404
    assert gone.json()["httpStatus"] == 404


async def test_what_is_inside_is_in_the_region_of_what_it_is_in(sample: Sample) -> None:
    id = (await sample.call("POST", "/clusters", BODY)).json()["id"]
    path, body = f"/clusters/{id}/nodes", {"properties": {"name": "a"}}
    made = await sample.call("POST", path, body)
    assert (made.status_code, made.json()["href"]) == (201, f"{path}/{made.json()['id']}")
    inside = f"{path}/{made.json()['id']}"
    assert (await sample.call("GET", inside)).status_code == 200
    assert (await sample.call("PUT", f"{path}/{uuid.uuid4()}", body)).status_code == 201
    for method, there, sent in (
        ("GET", path, None), ("POST", path, body), ("PUT", f"{path}/{uuid.uuid4()}", body), ("GET", inside, None),
        ("PUT", inside, body), ("PATCH", inside, body), ("DELETE", inside, None),
    ):  # fmt: skip
        assert (await sample.call(method, there, sent, region="de-txl")).status_code == 404, (method, there)
    assert len((await sample.call("GET", path)).json()["items"]) == 2
    assert (await sample.call("DELETE", f"/clusters/{id}")).status_code == 202
    assert (await sample.call("GET", inside)).status_code == 404


async def test_an_id_that_is_something_elses_is_refused(sample: Sample) -> None:
    body = {"properties": {"location": "de/txl"}}
    other = (await sample.http.post("/cloudapi/v6/datacenters", json=body)).json()["id"]
    refused = await sample.call("PUT", f"/clusters/{other}", BODY)
    assert (refused.status_code, refused.json()["httpStatus"]) == (409, 409)
    mine = (await sample.call("POST", "/clusters", BODY)).json()["id"]
    assert (await sample.call("PUT", f"/clusters/{mine}", BODY, region="de-txl")).status_code == 404
    assert (await sample.http.get(f"/cloudapi/v6/datacenters/{other}")).status_code == 200


async def test_pages_and_filters(sample: Sample) -> None:
    for name in ("alpha", "beta", "gamma"):
        await sample.call("POST", "/clusters", {"properties": {"name": name}})
    page = (await sample.call("GET", "/clusters?limit=2")).json()
    assert [one["properties"]["name"] for one in page["items"]] == ["alpha", "beta"]
    assert page["_links"].keys() == {"self", "next"}
    last = (await sample.call("GET", "/clusters?limit=2&offset=2")).json()
    assert last["_links"].keys() == {"prev", "self"}
    found = (await sample.call("GET", "/clusters?filter.name=ET")).json()
    assert [one["properties"]["name"] for one in found["items"]] == ["beta"]


async def test_faults_are_listed_with_their_places(sample: Sample) -> None:
    refused = await sample.call("POST", "/clusters", {"properties": {"size": 9}})
    assert refused.status_code == 422
    told = [line["message"] for line in refused.json()["messages"]]
    assert any("(root).properties.name" in line for line in told)
    assert any("(root).properties.size" in line for line in told)


async def test_it_takes_its_time_where_time_is_taken(sample: Sample) -> None:
    sample.cloud.engine.profile = "realistic"
    id = (await sample.call("POST", "/clusters", BODY)).json()["id"]
    worker = Worker(sample.cloud.engine)
    await worker.drain()
    assert (await sample.call("GET", f"/clusters/{id}")).json()["metadata"]["state"] == "PROVISIONING"
    sample.cloud.clock.advance(60)
    await worker.drain()
    assert (await sample.call("GET", f"/clusters/{id}")).json()["metadata"]["state"] == "AVAILABLE"


async def test_its_document_is_served_like_any_other(sample: Sample) -> None:
    document = (await sample.http.get("/sample/de-fra/openapi.json")).json()
    assert set(document["paths"]) == {
        view for one in (clusters, nodes) for view in (one.collection, one.item)
    }
    assert set(document["paths"]["/clusters/{clusterId}"]["put"]["responses"]) >= {"200", "201", "422"}


def test_the_engine_knows_no_api_by_name() -> None:
    names = {api.name for api in (*APIS, SAMPLE)} - {"monitoring", "logging", "auth"} | {"spectre"}
    for source in Path(ionstack.engine.__file__).parent.glob("*.py"):
        text = source.read_text("utf-8").lower()
        assert not [name for name in names if re.search(rf"\b{name}\b", text)], source.name

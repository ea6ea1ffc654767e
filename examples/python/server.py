"""A data center with a public LAN and a server in it, made with the official SDK, looked at and taken away.

pip install ionoscloud
eval "$(ionstack env python)" && python server.py
"""

import os

import ionoscloud

configuration = ionoscloud.Configuration(host=os.environ["IONOS_API_URL"], token=os.environ["IONOS_TOKEN"])

with ionoscloud.ApiClient(configuration) as client:
    datacenters, servers = ionoscloud.DataCentersApi(client), ionoscloud.ServersApi(client)

    def wait(headers: dict[str, str]) -> None:
        """Wait for the request whose status an answer's Location names."""
        client.wait_for_completion(headers["Location"].split("/")[-2])

    datacenter, _, headers = datacenters.datacenters_post_with_http_info(
        {
            "properties": {"name": "example", "location": "de/txl"},
            "entities": {"lans": {"items": [{"properties": {"name": "outside", "public": True}}]}},
        }
    )
    wait(headers)

    disk = {"size": 10, "imageAlias": "debian:latest", "imagePassword": "ChangeMe123"}
    server, _, headers = servers.datacenters_servers_post_with_http_info(
        datacenter.id,
        {
            "properties": {"name": "web", "cores": 2, "ram": 4096},
            "entities": {
                "volumes": {"items": [{"properties": disk}]},
                "nics": {"items": [{"properties": {"name": "eth0", "lan": 1}}]},
            },
        },
    )
    wait(headers)

    made = servers.datacenters_servers_find_by_id(datacenter.id, server.id, depth=3)
    print(made.properties.name, made.properties.vm_state, *made.entities.nics.items[0].properties.ips)

    _, _, headers = datacenters.datacenters_delete_with_http_info(datacenter.id)
    wait(headers)

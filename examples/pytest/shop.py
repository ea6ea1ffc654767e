"""The program under test: it sets up the machine of a small shop with the official SDK."""

import ionoscloud
from ionoscloud.exceptions import ApiFailedRequest


class NoMachine(Exception):
    """The cloud did not give us a machine."""


def open_shop(client, name):
    """Make a data center with one server in it, and tell the server's id."""
    datacenters, servers = ionoscloud.DataCentersApi(client), ionoscloud.ServersApi(client)
    place = {"properties": {"name": f"{name} datacenter", "location": "de/txl"}}
    machine = {"properties": {"name": name, "cores": 2, "ram": 4096}}
    try:
        datacenter = made(client, datacenters.datacenters_post_with_http_info(place))
        return made(client, servers.datacenters_servers_post_with_http_info(datacenter, machine))
    except ionoscloud.ApiException as error:
        raise NoMachine(f"the cloud answered {error.status}") from error
    except ApiFailedRequest as error:
        raise NoMachine(str(error)) from error


def made(client, answer):
    """Wait until what was asked for is there, and tell its id."""
    resource, _, headers = answer
    client.wait_for_completion(headers["Location"].split("/")[-2], initial_wait=0)
    return resource.id

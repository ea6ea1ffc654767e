"""The program under test: it sets up the machine of a small shop with the official SDK."""

from __future__ import annotations

import ionoscloud

TRIES = 3


class NoMachine(Exception):
    """The cloud did not give us a machine."""


def open_shop(client: ionoscloud.ApiClient, name: str) -> str:
    """Make a data center with one server in it, and tell the server's id."""
    datacenter = _made(client, _create, client, f"{name} datacenter")
    servers = ionoscloud.ServersApi(client)
    wish = {"properties": {"name": name, "cores": 2, "ram": 4096}}
    return _made(client, servers.datacenters_servers_post_with_http_info, datacenter, wish)


def _create(client: ionoscloud.ApiClient, name: str) -> tuple:
    wish = {"properties": {"name": name, "location": "de/txl"}}
    return ionoscloud.DataCentersApi(client).datacenters_post_with_http_info(wish)


def _made(client: ionoscloud.ApiClient, post, *arguments) -> str:
    """Create something and wait until it is there; an overloaded cloud is asked again."""
    for attempt in range(1, TRIES + 1):
        try:
            made, _, headers = post(*arguments)
            client.wait_for_completion(headers["Location"].split("/")[-2], initial_wait=0)
            return made.id
        except ionoscloud.ApiException as error:
            if error.status != 503 or attempt == TRIES:
                raise NoMachine(f"the cloud answered {error.status}") from error
        except ionoscloud.ApiFailedRequest as error:
            raise NoMachine(str(error)) from error
    raise AssertionError("unreachable")

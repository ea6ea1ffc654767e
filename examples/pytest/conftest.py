"""Run with:  pip install ionstack ionoscloud pytest pytest-xdist && pytest -n 2"""

import ionoscloud
import pytest


@pytest.fixture
def client(ionstack_contract):
    """The official SDK, calling as the owner of a contract that this test has to itself."""
    configuration = ionoscloud.Configuration(
        host=f"{ionstack_contract.url}/cloudapi/v6", token=ionstack_contract.token
    )
    configuration.wait_time = 0  # the SDK asks an overloaded cloud again: three times, and here at once
    with ionoscloud.ApiClient(configuration) as client:
        yield client

"""The table of APIs: every API of the cloud, served or not, in the order of the vendor's index.

Versions, authorization methods and addresses are those of each API's own page. What `APIS` says is shown at
`GET /` and enforced on each call.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import TYPE_CHECKING

from ionstack.catalogue.api import Api, Authorization

if TYPE_CHECKING:
    from ionstack.catalogue.operation import Operation

BOTH = (Authorization.BASIC, Authorization.BEARER)
TOKEN = (Authorization.BEARER,)
SIGNED = (Authorization.SIGNATURE,)

OFFICIAL = "api.ionos.com"
"""The host of the APIs that lie at the root of Ionstack's own address."""

NINE = ("de-fra", "de-txl", "es-vit", "fr-par", "gb-bhx", "gb-lhr", "us-ewr", "us-las", "us-mci")
EIGHT = tuple(region for region in NINE if region != "gb-bhx")
SEVEN = tuple(region for region in NINE if region not in ("us-ewr", "us-las"))


def _served_by(package: str) -> Callable[[], Sequence[Operation]]:
    """The operations that a package declares, imported when they are first asked for."""

    def operations() -> Sequence[Operation]:
        declared: Sequence[Operation] = import_module(f"ionstack.apis.{package}").operations()
        return declared

    return operations


def _by_object_storage(api: str) -> Callable[[], Mapping[tuple[str, str], str]]:
    """The operations of Object Storage, which is an application of its own."""

    def operations() -> Mapping[tuple[str, str], str]:
        served: Mapping[tuple[str, str], str] = import_module("ionstack.objectstorage.ledger").served(api)
        return served

    return operations


APIS: tuple[Api, ...] = (
    Api("cloudapi", "Cloud API", "v6", BOTH, OFFICIAL, "/cloudapi/v6", "cloudapi",
        operations=_served_by("cloudapi")),
    Api("auth", "Authentication", "v1", BOTH, OFFICIAL, "/auth/v1", "cloudapi", operations=_served_by("auth")),
    Api("activitylog", "Activity Log", "v1", BOTH, OFFICIAL, "/activitylog/v1", "cloudapi"),
    Api("billing", "Billing", "v3", BOTH, OFFICIAL, "/billing", "billing"),
    Api("reseller", "Reseller", "v2", BOTH, OFFICIAL, "/reseller/v2", "cloudapi"),
    Api("quota", "Quota", "v1", BOTH, OFFICIAL, "/quota", "cloudapi"),
    Api("identityfederation", "IAM Federation", "v1", TOKEN, "iam.ionos.com", "", "spectre", "iam"),
    Api("modelhub", "AI Model Hub", "v1", TOKEN, "inference.{region}.ionos.com", "", "spectre",
        "inference", ("de-txl",)),
    Api("openai", "AI Model Hub (OpenAI-compatible)", "v1", TOKEN, "openai.inference.{region}.ionos.com", "/v1",
        "openai", "openai", ("de-txl",)),
    Api("apigateway", "API Gateway", "v1", TOKEN, "apigateway.{region}.ionos.com", "", "spectre",
        "apigateway", ("de-txl",)),
    Api("cdn", "CDN", "v1", TOKEN, "cdn.{region}.ionos.com", "", "spectre", "cdn", ("de-fra",)),
    Api("certificatemanager", "Certificate Manager", "v2", TOKEN, "certificate-manager.{region}.ionos.com", "",
        "spectre", "certificate-manager", ("de-fra",)),
    Api("containerregistry", "Container Registry", "v1", BOTH, OFFICIAL, "/containerregistries", "cloudapi"),
    Api("dataplatform", "Data Platform", "v1", BOTH, OFFICIAL, "/dataplatform", "cloudapi"),
    Api("postgresql", "DBaaS PostgreSQL", "v1", BOTH, OFFICIAL, "/databases/postgresql", "dbaas"),
    Api("postgresqlv2", "DBaaS PostgreSQL", "v2", TOKEN, "postgresql.{region}.ionos.com", "", "spectre",
        "postgresql", NINE),
    Api("mongodb", "DBaaS MongoDB", "v1", BOTH, OFFICIAL, "/databases/mongodb", "dbaas"),
    Api("mariadb", "DBaaS MariaDB", "v1", TOKEN, "mariadb.{region}.ionos.com", "", "dbaas", "mariadb", EIGHT),
    Api("mariadbv2", "DBaaS MariaDB", "v2", TOKEN, "mariadb.{region}.ionos.com", "/v2", "spectre",
        "mariadb", NINE),
    Api("inmemorydb", "DBaaS In-Memory DB", "v1", TOKEN, "in-memory-db.{region}.ionos.com", "", "spectre",
        "in-memory-db", NINE),
    Api("inmemorydbv2", "DBaaS In-Memory DB", "v2", TOKEN, "in-memory-db.{region}.ionos.com", "/v2", "spectre",
        "in-memory-db", NINE),
    Api("dns", "Cloud DNS", "v1", TOKEN, "dns.{region}.ionos.com", "", "spectre", "dns", ("de-fra",)),
    Api("kafka", "Event Streams for Apache Kafka", "v1", TOKEN, "kafka.{region}.ionos.com", "", "spectre",
        "kafka", NINE),
    Api("logging", "Logging", "v1", TOKEN, "logging.{region}.ionos.com", "", "spectre", "logging", SEVEN),
    Api("monitoring", "Monitoring", "v1", TOKEN, "monitoring.{region}.ionos.com", "", "spectre",
        "monitoring", SEVEN),
    Api("nfs", "Network File Storage", "v1", TOKEN, "nfs.{region}.ionos.com", "", "spectre", "nfs", EIGHT),
    Api("objectstorage", "Object Storage (contract-owned buckets)", "v2", SIGNED, "s3.{region}.ionoscloud.com",
        "", "s3", "s3", ("eu-central-3", "eu-central-4", "us-central-1"), apart=_by_object_storage("objectstorage")),
    Api("userobjectstorage", "Object Storage (user-owned buckets)", "v2", SIGNED, "s3.{region}.ionoscloud.com",
        "", "s3", "s3", ("eu-central-1", "eu-central-2", "eu-south-2"),
        apart=_by_object_storage("userobjectstorage")),
    Api("objectstoragemanagement", "Object Storage Management", "v1", TOKEN, "s3.ionos.com", "", "spectre",
        "objectstoragemanagement", operations=_served_by("objectstoragemanagement")),
    Api("vmautoscaling", "VM Auto Scaling", "v1", BOTH, OFFICIAL, "/autoscaling", "cloudapi"),
    Api("vpn", "VPN Gateway", "v1", TOKEN, "vpn.{region}.ionos.com", "", "spectre", "vpn", NINE),
)  # fmt: skip
"""All 31."""

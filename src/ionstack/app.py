"""The cloud put together: what every handler is given, and the ASGI applications over it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ionstack.apis import cloudapi
from ionstack.apis.index import APIS
from ionstack.catalogue.registry import Catalogue
from ionstack.catalogue.resource import Resource
from ionstack.control.admin import Admin, token
from ionstack.control.calls import Calls
from ionstack.control.metrics import Metrics
from ionstack.control.names import Names
from ionstack.drivers import simulated
from ionstack.drivers.port import Driver
from ionstack.engine import facts
from ionstack.engine.clock import Clock
from ionstack.engine.engine import Engine
from ionstack.engine.worker import Worker
from ionstack.gateway.address import Addresses
from ionstack.gateway.app import Gateway
from ionstack.gateway.buckets import buckets
from ionstack.gateway.external import External
from ionstack.gateway.limits import Allowance, Limits, Strangers
from ionstack.gateway.maintenance import Maintenance
from ionstack.gateway.routes import Routes
from ionstack.gateway.site import CONTROL, site
from ionstack.identity.audit import Audit
from ionstack.identity.first_start import Owner
from ionstack.identity.identity import Identity
from ionstack.identity.master_keys import load_master_keys, own_file
from ionstack.identity.rotation import Rotation
from ionstack.identity.vault import Vault
from ionstack.objectstorage import background
from ionstack.objectstorage.app import ObjectStorage
from ionstack.objectstorage.blobs import shelves
from ionstack.objectstorage.blobs.bodies import Blobs
from ionstack.objectstorage.storage import Storage, storage
from ionstack.store.opening import open_store
from ionstack.store.port import Store

if TYPE_CHECKING:
    from ionstack.catalogue.api import Api
    from ionstack.config import Settings

Asgi = Callable[[Mapping[str, Any], Any, Any], Awaitable[None]]


@dataclass(slots=True)
class Cloud:
    """One running cloud. Handlers reach everything through it."""

    settings: Settings
    clock: Clock
    store: Store
    vault: Vault
    rotation: Rotation
    audit: Audit
    identity: Identity
    engine: Engine
    owner: Owner
    addresses: Addresses
    external: External
    limits: Limits
    maintenance: Maintenance
    admin: Admin
    calls: Calls
    metrics: Metrics
    objects: Storage


async def build_cloud(
    settings: Settings,
    clock: Clock | None = None,
    *,
    apis: Iterable[Api] = APIS,
    resources: Iterable[Resource] = cloudapi.RESOURCES,
    drivers: Mapping[str, Driver] | None = None,
) -> Cloud:
    """Open everything a cloud stands on. UsageError in one line if something cannot be had.

    `apis`, `resources` and `drivers` are for tests that bring their own.
    """
    clock = clock or Clock()
    database = str(settings.database) if settings.database else None
    own = own_file(settings)
    vault = Vault(*load_master_keys(str(settings.master_key or ""), settings.master_key_file, own))
    store = await open_store(database, settings.data_dir, clock, durable=not settings.ephemeral)
    try:
        tokens = buckets(store, clock)
        identity = Identity(
            store,
            clock,
            vault,
            basic_authentication=settings.basic_authentication,
            strangers=Strangers(tokens, settings.address_rate_limit),
        )
        await identity.start()
        owner = await identity.ensure_owner(
            settings.username or "", str(settings.password or ""), settings.data_dir
        )
        catalogue = Catalogue(resources)
        await facts.bring_in(store, catalogue, cloudapi.FACTS, clock.wall())
        patience = shelves.PATIENCE if database else 0
        blobs = Blobs(await shelves.shelf(settings), clock, patience)
        durable = settings.s3_durability == "durable"
        objects = await storage(store, blobs, vault, clock, durable=durable)
    except BaseException:
        await store.close()
        raise
    nominal = Allowance(settings.nominal_limit, settings.nominal_limit, settings.nominal_burst)
    return Cloud(
        settings=settings,
        clock=clock,
        store=store,
        vault=vault,
        rotation=Rotation(store, clock, vault, own),
        audit=Audit(store, clock, settings.audit_days),
        identity=identity,
        engine=Engine(store, clock, catalogue, drivers or simulated.drivers(), vault, settings.profile),
        owner=owner,
        addresses=Addresses(apis, settings.domain),
        external=External(settings.trusted_proxies, settings.public_url),
        limits=Limits(tokens, settings.rate_limit, settings.rate_burst, nominal),
        maintenance=Maintenance(settings.maintenance),
        admin=Admin(token(settings), Names(settings)),
        calls=Calls(),
        metrics=Metrics(),
        objects=objects,
    )


def application(cloud: Cloud, apis: Iterable[Api] = APIS) -> Asgi:
    """The APIs over a cloud. Its lifespan runs the worker, where the settings want one in this process."""
    known = tuple(apis)
    routes = Routes([*known, CONTROL])
    routes.add(site(known, routes))
    gateway = Gateway(cloud, routes, ObjectStorage(cloud))

    async def serve(scope: Mapping[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            await gateway(scope, receive, send)
        elif scope["type"] == "lifespan":
            await _live(cloud, receive, send)

    return serve


def s3_application(cloud: Cloud) -> Asgi:
    """Object Storage over a cloud."""
    return ObjectStorage(cloud)


async def _live(cloud: Cloud, receive: Any, send: Any) -> None:
    await receive()
    working = [asyncio.create_task(cloud.audit.keep_swept())]
    if cloud.settings.worker:
        working.append(asyncio.create_task(Worker(cloud.engine).run()))
        working.append(asyncio.create_task(background.forever(cloud.objects)))
    await send({"type": "lifespan.startup.complete"})
    await receive()
    for task in working:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
    await send({"type": "lifespan.shutdown.complete"})

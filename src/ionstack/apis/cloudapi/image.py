"""Images: what volumes are made from. The public ones are facts, kept in `facts/images.json`.

Private images come by `ionstack image add` or, the vendor's way, by an upload over FTPS (`ionstack.uploads`).
"""

from __future__ import annotations

from typing import Literal

from ionstack.catalogue.field import Maybe, ReadOnly
from ionstack.catalogue.properties import Properties
from ionstack.catalogue.resource import Resource
from ionstack.catalogue.view import View

Licence = Literal[
    "UNKNOWN", "WINDOWS", "WINDOWS2016", "WINDOWS2019", "WINDOWS2022", "WINDOWS2025", "RHEL", "LINUX", "OTHER"
]  # fmt: skip


class ImageProperties(Properties):
    name: Maybe[str] = None
    description: Maybe[str] = None
    location: ReadOnly[str]
    size: ReadOnly[float]
    cpu_hot_plug: bool = True
    cpu_hot_unplug: bool = False
    ram_hot_plug: bool = True
    ram_hot_unplug: bool = False
    nic_hot_plug: bool = True
    nic_hot_unplug: bool = True
    disc_virtio_hot_plug: bool = True
    disc_virtio_hot_unplug: bool = True
    disc_scsi_hot_plug: bool = False
    disc_scsi_hot_unplug: bool = False
    expose_serial: bool = False
    require_legacy_bios: bool = True
    licence_type: Licence
    application_type: Maybe[str] = None
    image_type: ReadOnly[Literal["HDD", "CDROM", "UNKNOWN"]]
    public: ReadOnly[bool]
    image_aliases: ReadOnly[list[str]]
    cloud_init: Literal["NONE", "V1"] = "NONE"
    required_features: ReadOnly[list[str]]


image = Resource(kind="cloudapi.image", properties=ImageProperties, vendor=True)

images = View(
    resource=image,
    type="image",
    collection="/images",
    item="/images/{imageId}",
    operations={
        "list": "imagesGet",
        "get": "imagesFindById",
        "replace": "imagesPut",
        "update": "imagesPatch",
        "delete": "imagesDelete",
    },
    tag="Images",
    schemas={"item": "Image", "list": "Images", "properties": "ImageProperties"},
)

"""Templates: the fixed sizes of Cubes and GPU servers. Facts, kept in `facts/templates.json`."""

from __future__ import annotations

from ionstack.catalogue.field import Maybe, ReadOnly
from ionstack.catalogue.lifecycle import RECORD
from ionstack.catalogue.properties import Properties
from ionstack.catalogue.resource import Resource
from ionstack.catalogue.view import View


class GpuTemplate(Properties):
    count: int
    vendor: str
    model: str
    type: str


class TemplateProperties(Properties):
    name: str
    cores: float
    ram: float
    storage_size: float
    category: str
    gpus: list[GpuTemplate] = []
    storage_type: ReadOnly[Maybe[str]] = None


template = Resource(
    kind="cloudapi.template",
    properties=TemplateProperties,
    lifecycle=RECORD,
    capability="",
    vendor=True,
)

templates = View(
    resource=template,
    type="template",
    collection="/templates",
    item="/templates/{templateId}",
    operations={"list": "templatesGet", "get": "templatesFindById"},
    tag="Templates",
    schemas={"item": "Template", "list": "Templates", "properties": "TemplateProperties"},
)

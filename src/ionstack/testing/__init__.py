"""For tests of programs that use the cloud: a pytest plugin, and the objects that its fixtures give.

What is in here is imported when it is used, so the plugin costs nothing where it is merely installed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ionstack.testing.cloud import Contract, Ionstack
    from ionstack.testing.server import running

__all__ = ["Contract", "Ionstack", "running"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'ionstack.testing' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"ionstack.testing.{'server' if name == 'running' else 'cloud'}"), name)

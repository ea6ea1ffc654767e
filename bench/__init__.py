"""Benchmarks: what Ionstack does in a time, next to peers that do the like on the same machine, in one run."""

from __future__ import annotations

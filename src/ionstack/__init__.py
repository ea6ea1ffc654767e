"""Ionstack: a self-hosted cloud that speaks the IONOS Cloud API."""

__version__ = "0.1.0"

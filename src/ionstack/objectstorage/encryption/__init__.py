"""Encryption at rest: with a key of the server (SSE-S3) or of the client (SSE-C)."""

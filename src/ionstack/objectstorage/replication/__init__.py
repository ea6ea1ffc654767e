"""Replication: the rules of a bucket, and what carries them out."""

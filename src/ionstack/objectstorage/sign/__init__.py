"""Signatures of version 4: what a client signed, and whether it is so."""

"""Bodies of objects: small ones go into the row, larger ones into blobs that never change.

A blob is written, made to last, and only then named by a row. What no row names is an orphan and of no consequence.
"""

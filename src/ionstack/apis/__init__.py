"""The declarations: one folder per API, one file per resource."""

"""Image uploads over FTPS, as `ionosctl image upload` makes them. Imported only by a server that is asked for it."""

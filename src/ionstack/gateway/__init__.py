"""The HTTP edge: addresses, routing, authentication, limits, errors, logs."""

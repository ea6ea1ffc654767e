"""The CloudAPI family: envelopes with entities, depth, absolute hrefs, 202 with a request to poll."""

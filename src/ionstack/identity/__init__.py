"""Who calls: contracts, users, credentials, second factor, tokens and keys."""

"""Who may do what: ACLs, policies, and what is never public."""

"""What the service does, one module for each family of operations."""

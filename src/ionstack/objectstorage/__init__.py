"""Object Storage: S3."""

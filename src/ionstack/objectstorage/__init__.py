"""Object Storage: S3. Not served yet; its port answers so."""

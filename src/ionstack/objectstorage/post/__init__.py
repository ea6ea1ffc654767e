"""Uploads by HTML forms: multipart/form-data and the policy that it carries."""

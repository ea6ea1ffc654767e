"""Schema changes, oldest first, run by Alembic. Imported only when a database is behind."""

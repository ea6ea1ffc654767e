"""The store: one port, its SQLite and PostgreSQL adapters, migrations, and the SQL in named files."""

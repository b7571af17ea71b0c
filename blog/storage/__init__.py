"""The database: connections, the writing thread, the schema, and what is checked before it is opened."""

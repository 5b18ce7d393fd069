"""Finding and changing the records of tenants."""

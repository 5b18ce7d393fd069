"""Creating, describing and deleting tenants."""

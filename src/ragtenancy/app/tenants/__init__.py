"""Creating, changing and deleting tenants."""

"""Verifying isolation: canary tenants attack each other through every public route."""

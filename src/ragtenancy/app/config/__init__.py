"""Tenants' configurations."""

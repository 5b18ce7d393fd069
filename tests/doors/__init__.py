"""Clients of others against a real server; `make doors` runs them in an environment of their own."""

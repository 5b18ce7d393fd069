"""Caches of remote records, each with a time to live."""

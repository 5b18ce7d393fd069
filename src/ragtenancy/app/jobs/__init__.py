"""Ingestion jobs, from the client's side."""

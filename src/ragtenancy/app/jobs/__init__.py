"""Ingestion jobs as clients see them."""

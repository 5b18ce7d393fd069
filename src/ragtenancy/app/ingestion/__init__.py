"""Ingestion: from upload to active document."""

"""Originals in Azure Blob storage."""

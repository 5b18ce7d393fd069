"""Bytes in folders."""

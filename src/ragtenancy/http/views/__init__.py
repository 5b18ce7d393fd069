"""Conversions between domain and wire values."""

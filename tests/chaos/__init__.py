"""Processes that are killed and stopped at any moment, and what must hold afterwards."""

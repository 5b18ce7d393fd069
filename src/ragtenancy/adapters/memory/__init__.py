"""Stores that live and end with the process."""

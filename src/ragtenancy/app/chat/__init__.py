"""Answering with sources."""

"""Issuing keys and authenticating by them."""

"""Webhooks: managing them, announcing events and delivering messages."""

"""Sending webhooks by HTTP."""

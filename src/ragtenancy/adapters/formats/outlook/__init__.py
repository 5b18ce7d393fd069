"""Outlook messages, read by olefile."""

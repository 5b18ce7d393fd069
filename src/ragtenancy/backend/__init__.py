"""Descriptions of backends, by which the settings choose and the container opens them.

An adapter family has a `backend.py` with one `Backend` (or two) made of these parts;
`settings/backends.py` lists them.
"""

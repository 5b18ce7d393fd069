"""What a technology tells of itself, so that the settings choose it and the container opens it.

An adapter family has a `backend.py` with one `Backend` (or two) made of these parts;
`settings/backends.py` lists them.
"""

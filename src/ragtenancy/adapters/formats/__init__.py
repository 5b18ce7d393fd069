"""Formats of documents; those that are no text are read in a child process with little power."""

"""Documents and their removal."""

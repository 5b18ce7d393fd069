"""The state of the backends."""

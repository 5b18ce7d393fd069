"""Background maintenance."""

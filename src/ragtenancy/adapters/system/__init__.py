"""This machine's clock, randomness and processes."""

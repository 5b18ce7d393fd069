"""Other adapters' ports, measured and traced."""

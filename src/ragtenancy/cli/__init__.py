"""The command line; commands load what they need when they run."""

"""The command line; each command imports its dependencies when it runs."""

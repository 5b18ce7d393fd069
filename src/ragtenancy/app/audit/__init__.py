"""The audit log: acts, notes of what happens often, and reading."""

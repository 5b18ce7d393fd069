"""What a process remembers of remote records, for a stated time."""

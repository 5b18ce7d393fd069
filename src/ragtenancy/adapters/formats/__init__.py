"""Document formats; binary ones are read in a child process with few privileges."""

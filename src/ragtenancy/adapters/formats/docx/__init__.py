"""Word documents: the package and its XML read by lxml, in a child process with few privileges."""

"""Word documents: scanned, then read by python-docx in a child process with little power."""

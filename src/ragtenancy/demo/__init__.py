"""Two demo clients with their own guides: the same questions, different answers."""

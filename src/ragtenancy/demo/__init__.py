"""Two demo clients with guides of their own: the same questions, different answers."""

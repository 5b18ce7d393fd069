"""Use cases: measuring the search on judged questions."""

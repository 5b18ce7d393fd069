"""Use cases: evaluating search on judged questions."""

"""Full-text search by BM25 over an inverted index."""

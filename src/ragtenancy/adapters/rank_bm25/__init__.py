"""BM25 with the rank-bm25 package."""

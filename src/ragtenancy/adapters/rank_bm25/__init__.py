"""BM25 by the rank-bm25 package."""

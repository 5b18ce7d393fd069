"""Moving documents to another embedding model."""

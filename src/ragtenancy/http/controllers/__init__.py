"""One controller a resource: decode, one use case, encode."""

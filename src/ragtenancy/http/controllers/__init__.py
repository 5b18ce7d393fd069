"""One controller per resource: decode, run one use case, encode."""

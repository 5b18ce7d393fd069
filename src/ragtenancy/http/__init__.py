"""The HTTP API: Litestar around the use cases."""

"""The HTTP side: Litestar around the use cases."""

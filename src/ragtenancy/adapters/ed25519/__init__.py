"""Ed25519 signatures, by the package cryptography."""

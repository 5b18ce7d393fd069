"""Exact and sign-quantized nearest-neighbour search by cosine similarity."""

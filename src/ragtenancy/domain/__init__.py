"""The rules of the product: pure, synchronous, free of I/O, clocks and randomness."""

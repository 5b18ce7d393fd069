"""Search engines behind one way of asking them."""

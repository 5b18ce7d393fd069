"""The domain's values as clients see them."""

"""Text analysis with the Snowball stemmers."""

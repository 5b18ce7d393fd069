"""Analysis of text by the Snowball stemmers."""

"""Adapters that tests steer by hand."""

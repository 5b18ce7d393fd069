"""Metrics kept by Prometheus' client library."""

"""Traces sent by OpenTelemetry's SDK."""

"""Usage: metering, limits, prices and reports."""

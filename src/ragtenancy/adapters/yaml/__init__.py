"""Files in YAML that an operator writes."""

"""YAML files written by an operator."""

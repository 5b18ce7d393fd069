"""The Model Context Protocol: tools for language models, within the key's client and scopes."""

"""OpenAI and servers compatible with its API."""

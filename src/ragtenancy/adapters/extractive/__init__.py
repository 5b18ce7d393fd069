"""Answers made of the sentences of the passages, without a language model."""

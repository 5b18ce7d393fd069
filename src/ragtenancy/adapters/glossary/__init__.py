"""Glossaries of German, French and Spanish to English, and back."""

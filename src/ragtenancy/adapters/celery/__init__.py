"""Hints from a broker, through Celery."""

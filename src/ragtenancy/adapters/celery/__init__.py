"""Hints by a broker, through Celery."""

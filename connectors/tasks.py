"""Celery tasks of the connectors: each one operation, called with ids."""

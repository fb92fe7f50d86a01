"""Queries that put several apps together for a page."""

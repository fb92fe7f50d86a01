"""Writes the first files of a platform; see docs/guides/add-a-connector.md."""

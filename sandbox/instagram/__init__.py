"""What is Instagram's own among Meta's simulated platforms: names of fields and edges, and what its webhooks say."""

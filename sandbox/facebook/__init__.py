"""A simulated Facebook: Graph API, webhooks, control and a page for people to look at."""

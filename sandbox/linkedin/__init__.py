"""A simulated LinkedIn: the versioned API, webhooks, control and a page for people to look at."""

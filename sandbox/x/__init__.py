"""The simulated X: API v2 with its limits and refusals, the filtered stream, webhooks, and the control API."""

"""Query results as JSON; the API's schema is made from the same classes."""

"""The API's addresses. Each calls the same queries and operations as the pages."""

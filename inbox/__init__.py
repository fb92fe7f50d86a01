"""The project package: settings, pages, live, API."""

"""Measurements of the whole product, each beside a floor: `make bench`. See docs/performance.md."""

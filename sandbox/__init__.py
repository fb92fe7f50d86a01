"""Simulated platforms over real HTTP, and a simulated town that writes on them. Imports nothing of the product."""

"""The simulated town: invented Nordic people who write on the simulated platforms."""

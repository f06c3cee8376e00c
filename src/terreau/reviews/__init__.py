"""Self-diagnosis and co-evaluation of a pole: campaigns on a scale grid, their comparison, what is kept of them."""

"""Self-diagnosis and co-evaluation of a pole: campaigns on a scale grid, and what the pole keeps of them."""

"""Headline figures, each a command: peer and product in the same run, results compared before times."""

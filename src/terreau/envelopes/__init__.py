"""Envelopes: what may be given, what is committed, paid, given back; never overspent."""

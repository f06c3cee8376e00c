"""Programmes and calls: strands, forms without code, grids, stages, people in charge."""

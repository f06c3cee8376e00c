"""Agreements, financing plans, payments and what is known of other aids."""

"""Choosing under an envelope: ranking, committee, decisions and their reasons."""

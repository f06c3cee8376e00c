"""Instruction of files: assignment, sealed reviews, opinions, complements, letters."""

"""Indicators over many poles: expressions Table → Table, bound to an engine in one file. No Django."""

"""Statistical secrecy: what may be shown of a table, what is hidden with it, and the proof that it holds."""

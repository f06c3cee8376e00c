"""Official registers held locally, read-only: an actor is born from them at its first use."""

"""Follow-up of those chosen and the shared evaluation."""

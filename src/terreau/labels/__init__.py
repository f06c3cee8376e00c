"""Labels: requests, decisions, advantages, certificates anybody may verify."""

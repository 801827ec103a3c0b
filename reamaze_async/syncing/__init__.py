"""Syncs: a database that stays in step with a list, at the cost of what has changed."""

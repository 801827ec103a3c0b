"""Listings: what `list` returns, and what fetches their pages."""

"""Listings: what `list` returns, the tasks that fetch its pages, and its raw pages for exports."""

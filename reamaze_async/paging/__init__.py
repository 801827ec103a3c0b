"""Paging: which page to read next, what of it to hand out, and where the list ends. All pure."""

"""Attachments: the files that came with messages, fetched into a folder with an index."""

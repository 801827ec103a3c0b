"""Threads: conversations with their messages, read one by one or joined from two lists."""

"""Limits: when a request may be sent. All pure but `limiter`, which waits."""

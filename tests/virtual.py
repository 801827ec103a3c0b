"""The benchmarks' loop in virtual time, for tests too."""

from benchmarks.virtual_time import VirtualLoop, play

__all__ = ["VirtualLoop", "play"]

"""Measurements, as ratios in one interleaved run: `python -m benchmarks`."""

"""Exports: a listing to a file that appears whole, and goes on after any interruption."""

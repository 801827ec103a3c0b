"""Resources: the verbs of each, with the docstrings that users read."""

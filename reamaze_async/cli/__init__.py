"""The command line, `reamaze`: a file for each command, over options and displays they share.

What a command needs beyond click is imported when it runs, so that `--help` and completion are
quick.
"""

"""The command line, `reamaze`: options to one export, one count or one sandbox.

What a command needs beyond click is imported when it runs, so that `--help` and completion are
quick.
"""

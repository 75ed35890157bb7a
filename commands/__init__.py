"""The command line's inside: the one room that knows every other, and imports each when it is needed."""

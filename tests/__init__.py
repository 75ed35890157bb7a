"""The tests: a package, because some libraries install their own tests under this name."""

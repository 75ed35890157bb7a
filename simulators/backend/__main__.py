"""The child process of `BackendProcess`: ``python -m simulators.backend``, told on standard input what to serve."""

import sys

from simulators.backend.running import be_child

if __name__ == "__main__":
    sys.exit(be_child())

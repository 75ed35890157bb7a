"""A process of a back end with replicas: ``python -m simulators.replicas``."""

import sys

from simulators.replicas.processes import be_child

if __name__ == "__main__":
    sys.exit(be_child())

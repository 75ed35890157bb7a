"""Values packed for another process of this machine, or of another with the same sources."""

from __future__ import annotations

import sys

from journeys.loading import USER_MODULE


def packed(value: object) -> bytes:
    """Return a value as bytes that `pickle` unpacks also where the user's file is not known that defines some of it."""
    import cloudpickle

    own = [module for name, module in list(sys.modules.items()) if name.startswith(USER_MODULE)]
    for module in own:
        cloudpickle.register_pickle_by_value(module)
    try:
        blob: bytes = cloudpickle.dumps(value)
    finally:
        for module in own:
            cloudpickle.unregister_pickle_by_value(module)
    return blob

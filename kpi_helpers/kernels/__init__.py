"""Processes that notebooks run in: forked from a server that has everything loaded, or plain ipykernels.

`start()` lets the server load while the caller goes on; importing this package costs nothing, so it can come first.
A forked notebook costs 0.1 s beyond its cells instead of 3 s, and still has a process of its own, which ends with it.
"""

from kpi_helpers.kernels.server import kernel, start

__all__ = ["kernel", "start"]

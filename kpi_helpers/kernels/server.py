"""The fork server as its users see it: started once, asked for processes."""

import atexit
import os
import socket
import subprocess
import sys
from contextlib import suppress
from threading import Lock

from kpi_helpers.errors import unknown

KERNELS = ("fork", "plain")
SERVE = "import sys; sys.path[:] = {path!r}; from kpi_helpers.kernels.warm import serve; serve({fd})"
_starting = Lock()
_servers: list["Server"] = []


def kernel() -> str:
    """Which kernels are used: KPI_KERNEL, else `fork` on Linux. macOS can fork, but its libraries may not bear it."""
    chosen = os.environ.get("KPI_KERNEL") or ("fork" if sys.platform == "linux" else "plain")
    if chosen not in KERNELS:
        raise unknown("kernel in KPI_KERNEL", chosen, list(KERNELS))
    return chosen if hasattr(os, "fork") else "plain"


def start() -> None:
    """Let the server load while the caller goes on; nothing happens when it is there, or is not wanted."""
    if kernel() == "fork":
        server()


class Server:
    """The other process, and the socket through which it is asked for kernels."""

    def __init__(self) -> None:
        self.socket, theirs = socket.socketpair()
        code = SERVE.format(path=sys.path, fd=theirs.fileno())
        command = [sys.executable, *subprocess._args_from_interpreter_flags(), "-c", code]
        with theirs:
            self.process = subprocess.Popen(command, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL)
        atexit.register(self.close)

    def fork(self, pipe: int) -> None:
        """Have a process forked that speaks through `pipe`."""
        socket.send_fds(self.socket, [b"1"], [pipe])

    def close(self) -> None:
        """Let it end, at the end of the command; it would end by itself as well."""
        self.socket.close()
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(2)


def server() -> Server:
    """The server of this process, started where there is none, or none any more."""
    with _starting:
        if not _servers or _servers[-1].process.poll() is not None:
            _servers.append(Server())
        return _servers[-1]

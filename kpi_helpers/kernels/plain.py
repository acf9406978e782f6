"""The plain kernel for reports: an ordinary ipykernel that opens no port and says nothing of its own."""

import asyncio
import os
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from jupyter_client.manager import AsyncKernelManager

LONGEST_SOCKET = 90  # Unix sockets have names of at most 107 characters; the kernel adds a few


class ReportKernel(AsyncKernelManager):
    """Starts `python3` kernels for reports where they cannot be forked (see `server`)."""

    seconds = 1800.0

    @classmethod
    def until(cls, seconds: float) -> type["ReportKernel"]:
        """The same, killed when its notebook takes longer: nbclient watches cells, not notebooks."""
        return type(cls.__name__, (cls,), {"seconds": seconds})

    def __init__(self, **options: Any) -> None:
        """A manager that speaks through files of a private folder where it can, else through local ports."""
        super().__init__(**options)
        self._folder = TemporaryDirectory(prefix="kpi-", ignore_cleanup_errors=True)
        self.connection_file = str(Path(self._folder.name, "k.json"))
        if os.name == "posix" and len(self.connection_file) < LONGEST_SOCKET:
            self.transport = "ipc"
            self.ip = str(Path(self._folder.name, "k"))

    async def start_kernel(self, **options: Any) -> None:
        """Start the kernel; its warnings about itself are for nobody who reads a report."""
        arguments = [*options.pop("extra_arguments", []), "--log-level=ERROR"]
        env = {**os.environ, "PYDEVD_DISABLE_FILE_VALIDATION": "1"}
        await super().start_kernel(**{**options, "extra_arguments": arguments, "env": env})
        self._watch = asyncio.get_running_loop().call_later(self.seconds, self._kill)

    def _kill(self) -> None:
        self._end = asyncio.ensure_future(self.signal_kernel(9))

    async def cleanup_resources(self, restart: bool = False) -> None:
        """Leave nothing behind."""
        self._watch.cancel()
        await super().cleanup_resources(restart=restart)
        if not restart:
            self._folder.cleanup()

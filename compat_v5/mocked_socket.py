"""Legacy tests that replace the socket: ``patch("….websockets.connect", …)``."""

from __future__ import annotations

import functools
import importlib
import sys

from websocket_v6.exceptions import ConfigError

__all__ = ["refuse_mocked_socket"]


def refuse_mocked_socket(module: str) -> None:
    """Raise if ``websockets.connect``, as *module* sees it, is not the library's own.

    No legacy client calls it any more. Whoever replaced it wants no connection, and would get a real
    one, to the live exchange.

    Args:
        module: name of the legacy module whose ``websockets`` may have been replaced, too.

    Raises:
        ConfigError: it is replaced.
    """
    library = importlib.import_module("websockets")
    seen = vars(sys.modules[module]).get("websockets", library)
    for connect in (getattr(seen, "connect", None), getattr(library, "connect", None)):
        while isinstance(connect, functools.partial):  # options, not another socket
            connect = connect.func
        # A wrapper made with functools.wraps keeps this name: it watches and still connects.
        if str(getattr(connect, "__module__", "")).partition(".")[0] != "websockets":
            raise ConfigError(
                "websockets.connect",
                f"replaced by {connect!r}, but v6 does not call it and would open a real "
                "connection. Take the patch away and lead the test to the local exchange: the "
                "fixture upbit_emulator, or UPBIT_WS_URL (MIGRATION.md#differences)",
            )

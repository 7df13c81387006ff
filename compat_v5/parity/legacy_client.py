"""Load a legacy client class and drive it by the calls every v5 release had."""

from __future__ import annotations

import contextlib
import importlib
import inspect
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from compat_v5.deprecation import WARNINGS_VARIABLE

from .exceptions import ParityError

__all__ = [
    "DEFAULT_PRIVATE",
    "DEFAULT_PUBLIC",
    "is_compat",
    "load_class",
    "make_client",
    "subscribe",
    "unannounced",
]

DEFAULT_PUBLIC = "compat_v5:UpbitWebSocketPublicV5"
DEFAULT_PRIVATE = "compat_v5:UpbitWebSocketPrivateV5"

OnFrame = Callable[..., None]


def load_class(spec: str) -> Callable[..., Any]:
    """The class named by ``MODULE:CLASS``; the working directory is importable, as for ``python
    -m``.

    Raises:
        ParityError: *spec* has another form, the module does not import, or it has no such class.
    """
    module_name, colon, class_name = spec.partition(":")
    if not (colon and module_name and class_name):
        raise ParityError(
            f"--legacy {spec!r} names no class", "Write MODULE:CLASS, such as my.v5.client:Public"
        )
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.insert(0, here)
    try:
        module = importlib.import_module(module_name)
    except Exception as error:
        raise ParityError(
            f"module {module_name!r} cannot be imported ({type(error).__name__}: {error})",
            f"Run the command where `python -c 'import {module_name}'` works",
        ) from error
    found = getattr(module, class_name, None)
    if not callable(found):
        raise ParityError(
            f"module {module_name!r} has no class {class_name!r}", "Check the name after the colon"
        )
    return found  # type: ignore[no-any-return]


def make_client(
    client_class: Callable[..., Any], url: str | None, keys: tuple[str, str] | None
) -> Any:
    """Construct a client and point it at *url* the documented way, by its configuration object.

    Args:
        url: public URL of the server; the private one is the same and ``/private``. ``None``
            leaves the client on its own default.
        keys: access and secret key for a private client.

    Raises:
        ParityError: the client has no such object; it would reach the live exchange.
        Exception: whatever the constructor raises.
    """
    client = client_class(access_key=keys[0], secret_key=keys[1]) if keys else client_class()
    if url is not None:
        try:
            connection = client.config.connection
            connection.url = url
        except AttributeError as error:
            raise ParityError(
                f"{client_class.__qualname__} cannot be led to the local exchange: its "
                f"config.connection.url cannot be set ({error})",
                "Give the class one, or compare whole programs with `upbit-migrate prove`",
            ) from error
        # The last release has this field, too, and announces in the layer here that nothing reads it.
        if hasattr(connection, "private_url") and not is_compat(client_class):
            connection.private_url = f"{url}/private"
    return client


def is_compat(client_class: Callable[..., Any]) -> bool:
    """Whether a class belongs to the layer ``compat_v5`` and not to an old package."""
    return client_class.__module__.partition(".")[0] == "compat_v5"


@contextlib.contextmanager
def unannounced() -> Iterator[None]:
    """The layer ``compat_v5`` announces legacy calls at their place; here that is our own code."""
    before = os.environ.get(WARNINGS_VARIABLE)
    os.environ[WARNINGS_VARIABLE] = "off"
    try:
        yield
    finally:
        if before is None:
            del os.environ[WARNINGS_VARIABLE]
        else:
            os.environ[WARNINGS_VARIABLE] = before


async def subscribe(
    client: Any, data_type: str, symbols: Sequence[str], on_frame: OnFrame
) -> object:
    """Subscribe one wire type through the method v5 had for it; returns the subscription's id."""
    kind, _, interval = data_type.partition(".")
    match kind:
        case "candle":
            call = client.subscribe_candle(list(symbols), interval, on_frame)
        case "myOrder":
            call = client.subscribe_my_orders(callback=on_frame)
        case "myAsset":
            call = client.subscribe_my_assets(callback=on_frame)
        case _:
            call = getattr(client, f"subscribe_{kind}")(list(symbols), on_frame)
    return await call if inspect.isawaitable(call) else call

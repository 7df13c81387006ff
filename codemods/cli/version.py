"""The version of the installed distribution."""

from __future__ import annotations

from importlib import metadata

__all__ = ["tool_version"]


def tool_version() -> str:
    """The version, or ``0`` when the packages run without being installed."""
    try:
        return metadata.version("upbit-websocket-v6")
    except metadata.PackageNotFoundError:
        return "0"

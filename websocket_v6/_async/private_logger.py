"""Where what happens on connections with a token is logged, without what went over them."""

from __future__ import annotations

import logging
import traceback

__all__ = ["private_logger"]


class _PlacesOnly(logging.Filter):
    """Of an error only its type and the places it went through.

    The frames' variables hold headers and messages, and handlers such as crash reporters show those.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        if record.exc_info and record.exc_info[0] is not None:
            kind, _, frames = record.exc_info
            record.exc_text = "".join(traceback.format_tb(frames)) + kind.__name__
            record.exc_info = None
        return True


private_logger = logging.getLogger(f"{__package__}.private")
"""At DEBUG the library would write the token and the frames down, so this stays above that whatever the
level of the loggers around it."""
private_logger.setLevel(logging.INFO)
private_logger.addFilter(_PlacesOnly())

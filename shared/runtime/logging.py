"""Logs: one JSON object a line on stderr, stable event names, ids and numbers, never content."""

import logging
import sys
from typing import Any, Final, TextIO

import structlog
from structlog.tracebacks import ExceptionDictTransformer
from structlog.typing import EventDict, FilteringBoundLogger, WrappedLogger

from shared.runtime.quiet import Repetitions

REDACTED: Final = "[redacted]"

_CONTENT: Final = frozenset(
    {
        "authorization",
        "body",
        "card",
        "cookie",
        "email",
        "key",
        "password",
        "phone",
        "recipient",
        "secret",
        "sender",
        "sender_name",
        "subject",
        "text",
        "token",
        "value",
    }
)

# Errors whose message quotes the value they are about.
_QUOTING: Final = frozenset(
    {
        "BulkWriteError",
        "DuplicateKeyError",
        "OperationFailure",
        "UnicodeDecodeError",
        "UnicodeEncodeError",
        "ValidationError",
        "WriteError",
    }
)


def configure(*, service: str, level: str = "info", stream: TextIO | None = None) -> None:
    """Set up structlog and the standard library's loggers alike. Called once, in `__main__`."""
    chain: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        # without locals: they hold messages
        structlog.processors.ExceptionRenderer(ExceptionDictTransformer(show_locals=False)),
        redact,
    ]
    structlog.configure(
        processors=[*chain, structlog.processors.JSONRenderer()],
        wrapper_class=structlog.make_filtering_bound_logger(_level(level)),
        logger_factory=structlog.PrintLoggerFactory(stream or sys.stderr),
        cache_logger_on_first_use=False,
    )
    structlog.contextvars.bind_contextvars(service=service)
    _route_standard_library(chain, level, stream or sys.stderr)


def get_logger(**bound: Any) -> FilteringBoundLogger:
    """A logger; `bound` goes on each of its lines."""
    logger: FilteringBoundLogger = structlog.get_logger(**bound)
    return logger


def redact(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Blank what should not have been logged: a line with a hole beats a leak or a crash."""
    for name in event.keys() & _CONTENT:
        event[name] = REDACTED
    for error in event.get("exception", ()):
        if isinstance(error, dict) and error.get("exc_type") in _QUOTING:
            error["exc_value"] = REDACTED
    return event


def _route_standard_library(
    chain: list[structlog.typing.Processor], level: str, stream: TextIO
) -> None:
    handler = logging.StreamHandler(stream)
    handler.addFilter(Repetitions())
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=chain,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(_level(level))
    # Libraries log at INFO per batch, rebalance and request, and record contents at DEBUG.
    for library in ("aiokafka", "faststream", "uvicorn", "httpx", "pymongo", "asyncio", "mail"):
        logging.getLogger(library).setLevel(max(logging.WARNING, _level(level)))


def _level(name: str) -> int:
    return logging.getLevelNamesMapping()[name.upper()]

"""Logs hold ids and numbers, never what a customer wrote."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from shared.contracts.message_edited_v1 import MessageEdited
from shared.runtime.logging import REDACTED, configure, get_logger
from shared.runtime.quiet import Repetitions


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    before = (root.handlers, root.level)
    stream = io.StringIO()
    configure(service="ingest", level="info", stream=stream)
    yield stream
    root.handlers, root.level = before
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


def lines(log: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.getvalue().splitlines()]


def test_a_line_is_json_with_the_service_the_time_and_the_fields(log: io.StringIO) -> None:
    get_logger().info("ticket.opened", ticket="t-1")
    [line] = lines(log)
    assert (line["event"], line["service"], line["ticket"]) == ("ticket.opened", "ingest", "t-1")
    assert line["timestamp"].endswith("Z")


@pytest.mark.parametrize(
    "field", ["text", "phone", "email", "token", "authorization", "subject", "sender"]
)
def test_content_that_slips_in_is_blanked(log: io.StringIO, field: str) -> None:
    get_logger().info("oops", **{field: "private"})
    assert "private" not in log.getvalue()
    assert lines(log)[0][field] == REDACTED


def test_a_traceback_carries_neither_locals_nor_quoted_input(log: io.StringIO) -> None:
    words = "private words"
    try:
        MessageEdited.model_validate({"text": [words]})
    except ValueError:
        get_logger().exception("oops")
    assert "private words" not in log.getvalue()
    assert "ValidationError" in log.getvalue()


def test_the_libraries_loggers_write_the_same_lines(log: io.StringIO) -> None:
    logging.getLogger("aiokafka").warning("broker gone")
    logging.getLogger("aiokafka").info("per batch")
    assert [line["event"] for line in lines(log)] == ["broker gone"]


def test_a_library_that_repeats_itself_is_heard_once_in_a_while(log: io.StringIO) -> None:
    now = [0.0]
    quiet = Repetitions(every=10, clock=lambda: now[0])
    handler = logging.getLogger().handlers[0]
    handler.filters = [quiet]
    for node in range(5):
        logging.getLogger("aiokafka").error("no connection to node %s", node)
    logging.getLogger("aiokafka").error("something else")
    now[0] = 10.0
    logging.getLogger("aiokafka").error("no connection to node %s", 7)

    assert [line["event"] for line in lines(log)] == [
        "no connection to node 0",
        "something else",
        "no connection to node 7 (and 4 times more since the last line)",
    ]

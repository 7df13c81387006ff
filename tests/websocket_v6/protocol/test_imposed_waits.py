"""Which answers impose a wait, on whom, for how long, and until when."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from websocket_v6.protocol.imposed_waits import (
    ImposedWaits,
    Limit,
    host_of,
    limit_of_error,
    limit_of_status,
    told_wait,
)

NOW = 1_792_567_680.0
"""Wed, 21 Oct 2026 07:28:00 GMT."""


@pytest.mark.parametrize("status", [418, 429])
def test_the_statuses_that_impose_a_wait_impose_it_on_the_host(status: int) -> None:
    assert limit_of_status(status, 7.0) == Limit("host", 7.0, counted=True)
    assert limit_of_status(status, None) == Limit("host", None, counted=True)


@pytest.mark.parametrize("status", [401, 403, 417, 419, 428, 430, 502, 504])
def test_other_statuses_impose_none(status: int) -> None:
    assert limit_of_status(status, 7.0) is None


@pytest.mark.parametrize(("told", "wait"), [(0.5, 0.5), (300.0, 300.0), (301.0, 300.0)])
def test_who_is_away_and_says_for_how_long_is_waited_for(told: float, wait: float) -> None:
    assert limit_of_status(503, told) == Limit("connection", wait, counted=False)
    assert limit_of_status(503, None) is None


@pytest.mark.parametrize(
    ("name", "message", "limit"),
    [
        ("TOO_MANY_REQUEST", "", Limit("connection")),
        ("TOO_MANY_REQUEST", "5 in 1 second, 100 in 60 seconds", Limit("connection")),
        ("Too Many Requests", "", Limit("connection")),
        ("I'm a teapot", "", Limit("host")),
        ("I'm a teapot", "blocked for 60 seconds \ud800", Limit("host", 60.0)),
        ("I\N{RIGHT SINGLE QUOTATION MARK}M A TEAPOT", "60초", Limit("host", 60.0)),
        ("INVALID_AUTH", "60 seconds", None),
        ("WRONG_FORMAT", "", None),
        ("", "", None),
    ],
)
def test_the_error_frames_that_impose_a_wait(name: str, message: str, limit: Limit | None) -> None:
    assert limit_of_error(name, message) == limit


@pytest.mark.parametrize(
    ("header", "body", "seconds"),
    [
        (None, None, None),
        (None, b"{}", None),
        ("Wed, 21 Oct 2026 07:28:25 GMT", None, 25.0),
        ("Wed, 21 Oct 2026 07:28:25 -0000", b"5 seconds", 25.0),
        ("Wed, 21 Oct 2026 16:28:25 +0900", None, 25.0),
        ("Wed, 21 Oct 2026 07:27:00 GMT", None, 0.0),
        ("Wed, 21 Oct 2099 07:28:00 GMT", None, 86_400.0),
        ("Wed, 99 Oct 2026 07:28:00 GMT", None, None),
        ("-5", None, None),
        ("soon, in 7 or so", None, None),
        ("7", b"60 seconds", 7.0),
        (" 7 ", None, 7.0),
        ("7\x1f", None, 7.0),
        ("2.5", None, 2.5),
        ("", b"5 seconds", 5.0),
        (None, b"blocked for 60 seconds", 60.0),
        (None, bytearray("60초 후에 다시".encode()), 60.0),
        (None, b"60 minutes", 3600.0),
        (None, "2분 동안".encode(), 120.0),
        (None, b"1795999999 secret", None),
        (None, b"\xff\xfe 60 seconds", 60.0),
        (None, b"1 min.", 60.0),
        (None, b"30 secs", 30.0),
        (None, b"3 minor errors", None),
        ("9" * 400, None, 86_400.0),
        (None, b"9" * 400 + b" sec", 86_400.0),
    ],
)
def test_the_wait_that_an_answer_names(
    header: str | None, body: bytes | None, seconds: float | None
) -> None:
    assert told_wait(header, body, NOW) == seconds


@pytest.mark.parametrize(
    ("limit", "seconds"),
    [
        (Limit("host"), 10.0),
        (Limit("host", 3.0), 10.0),
        (Limit("host", 60.0), 60.0),
        (Limit("connection", 3.0, counted=False), 3.0),
        (Limit("connection", counted=False), 0.0),
    ],
)
def test_who_asked_too_much_waits_the_usual_time_at_least(limit: Limit, seconds: float) -> None:
    assert limit.least(10.0) == seconds


@given(st.text())
def test_any_header_is_seconds_or_a_date_or_nothing(header: str) -> None:
    told = told_wait(header, None, NOW)
    assert told is None or 0.0 <= told <= 86_400.0


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("wss://api.upbit.com/websocket/v1", "api.upbit.com:443"),
        ("wss://api.upbit.com/websocket/v1/private", "api.upbit.com:443"),
        ("wss://API.upbit.com:443/websocket/v1", "api.upbit.com:443"),
        ("wss://sg-api.upbit.com/websocket/v1", "sg-api.upbit.com:443"),
        ("ws://127.0.0.1:8765/websocket/v1", "127.0.0.1:8765"),
        ("ws://127.0.0.1/websocket/v1", "127.0.0.1:80"),
        ("ws://[::1]:8765/websocket/v1", "::1:8765"),
        ("nothing", ":0"),
    ],
)
def test_the_host_that_a_url_means(url: str, host: str) -> None:
    assert host_of(url) == host


def test_a_host_nobody_limited_has_no_wait() -> None:
    waits = ImposedWaits()
    assert waits.until("a:443") == 0.0
    assert waits.cause("a:443") is None


def test_a_wait_holds_for_its_host_alone() -> None:
    waits = ImposedWaits()
    assert waits.impose("a:443", 110.0, "HTTP 429") == 110.0
    assert waits.until("a:443") == 110.0
    assert waits.cause("a:443") == "HTTP 429"
    assert waits.until("b:443") == 0.0
    assert waits.cause("b:443") is None


def test_a_wait_grows_and_never_shrinks() -> None:
    waits = ImposedWaits()
    waits.impose("a:443", 130.0, "HTTP 418")
    assert waits.impose("a:443", 120.0, "HTTP 429") == 130.0
    assert waits.impose("a:443", 130.0, "HTTP 429") == 130.0
    assert waits.cause("a:443") == "HTTP 418"
    assert waits.impose("a:443", 131.0, "HTTP 429") == 131.0
    assert waits.cause("a:443") == "HTTP 429"

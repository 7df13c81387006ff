"""Reading callback arguments of every generation."""

from __future__ import annotations

from datetime import datetime

import pytest

from compat_v5.parity.received import digest_of, read_arguments, received

TICKER = {"type": "ticker", "code": "KRW-BTC", "trade_price": 1.5, "timestamp": 7}


def envelope(frame: dict, market: str = "KRW-BTC") -> dict:
    return {
        "type": frame["type"].partition(".")[0],
        "market": market,
        "data": frame,
        "timestamp": datetime.now(),
        "stream_type": None,
        "raw_data": frame,
    }


def test_a_flat_frame_with_three_arguments_is_read_as_it_is() -> None:
    arguments = read_arguments(("KRW-BTC", "ticker", TICKER))
    assert (arguments.symbol, arguments.data_type) == ("KRW-BTC", "ticker")
    assert arguments.frame == TICKER
    assert arguments.shape == "symbol, data_type, frame"


def test_an_envelope_is_unwrapped_and_said_so() -> None:
    arguments = read_arguments(("KRW-BTC", "ticker", envelope(TICKER)))
    assert arguments.frame == TICKER
    assert arguments.shape == "symbol, data_type, envelope"


def test_a_single_envelope_gives_symbol_and_type_from_the_frame() -> None:
    arguments = read_arguments((envelope(TICKER),))
    assert (arguments.symbol, arguments.data_type) == ("KRW-BTC", "ticker")
    assert arguments.shape == "envelope"


def test_the_legacy_private_symbol_is_replaced_by_the_frames_own() -> None:
    frame = {"type": "myAsset", "assets": [{"currency": "KRW"}], "timestamp": 1}
    assert read_arguments(("PRIVATE", "myAsset", envelope(frame, "PRIVATE"))).symbol == "KRW"
    frame["assets"].append({"currency": "BTC"})
    assert read_arguments(("PRIVATE", "myAsset", envelope(frame, "PRIVATE"))).symbol == "*"


def test_the_legacy_candle_type_is_replaced_by_the_wire_name() -> None:
    frame = {"type": "candle.1m", "code": "KRW-BTC", "timestamp": 1}
    assert read_arguments(("KRW-BTC", "candle", envelope(frame))).data_type == "candle.1m"


def test_marks_the_old_validation_left_in_a_wrapped_frame_are_dropped() -> None:
    marked = TICKER | {"_validation_error": "no uuid", "_inferred_type": "ticker"}
    assert read_arguments(("KRW-BTC", "ticker", envelope(marked))).frame == TICKER


def test_arguments_without_a_frame_are_an_error_that_names_them() -> None:
    with pytest.raises(ValueError, match=r"\(str, int\): no frame"):
        read_arguments(("KRW-BTC", 3))


def test_a_trade_is_known_by_its_sequential_id_and_others_by_their_timestamp() -> None:
    trade = {"type": "trade", "code": "KRW-BTC", "sequential_id": 17, "timestamp": 3}
    assert received(read_arguments(("KRW-BTC", "trade", trade)), at=0.5).id == 17
    assert received(read_arguments(("KRW-BTC", "ticker", TICKER)), at=0.5).id == 7


def test_the_digest_depends_on_every_value_and_not_on_the_order_of_keys() -> None:
    assert digest_of({"a": 1, "b": 2}) == digest_of({"b": 2, "a": 1})
    assert digest_of({"a": 1}) != digest_of({"a": 1.0})

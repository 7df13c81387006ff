"""Known defects of the old package are told from new ones."""

from __future__ import annotations

import pytest

from compat_v5.parity.known_defects import DEFECTS, excuse, generation_of
from compat_v5.parity.received import Topic
from compat_v5.parity.verdict import Difference, Kind


def client_a(config_path=None, event_broker=None, max_tickets=3) -> None: ...
def client_c(config_path=None, event_broker=None, public_pool_size=3) -> None: ...
def client_e(config_path=None, event_broker=None, cleanup_interval=None) -> None: ...


def silent(data_type: str, side: str = "legacy") -> Difference:
    return Difference(Kind.SILENT, side, Topic(data_type, "KRW-BTC"), 1, "silent")


def defect(difference: Difference, client: object = client_e) -> str | None:
    return excuse(difference, legacy="legacy", generation=generation_of(client)).defect


@pytest.mark.parametrize(
    ("difference", "client", "expected"),
    [
        (silent("ticker"), client_e, None),
        (silent("candle.1m", side="v6"), client_e, None),
        (silent("candle.1m"), client_e, "D-3"),
        (silent("myOrder"), client_e, "D-2"),
        (silent("ticker"), client_c, "D-16"),
        (silent("ticker"), client_a, None),
        (Difference(Kind.FAILED, "legacy", None, 1, "unexpected 'extra_headers'"), client_e, "D-1"),
        (Difference(Kind.FAILED, "legacy", None, 1, "no attribute '_handle_error'"), None, "D-15"),
        (Difference(Kind.FAILED, "legacy", None, 1, "OSError"), client_e, None),
        (Difference(Kind.MISSING, "legacy", Topic("candle.1m", "A-B"), 1, ""), client_e, None),
    ],
)
def test_a_difference_is_excused_only_by_its_own_symptom(
    difference: Difference, client: object, expected: str | None
) -> None:
    assert defect(difference, client or client_e) == expected
    assert expected is None or expected in DEFECTS

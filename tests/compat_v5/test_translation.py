"""v6 errors as both trees know them."""

from __future__ import annotations

import copy
import pickle

import pytest

from compat_v5 import exceptions as legacy
from compat_v5.translation import connection_failure, subscription_failure
from websocket_v6 import exceptions as v6

ERRORS = [
    v6.InvalidArgument("symbols", [], "name one"),
    v6.ConfigError("url", "bad"),
    v6.InsecureURL("url", "ws:// to another host"),
    v6.AuthenticationError("default", "refused"),
    v6.AccountConflictError("default", "other keys"),
    v6.SubscribeTimeout("ws://127.0.0.1:1", 10.0, "refused"),
    v6.SubscriptionRejected("INVALID_PARAM", "bad", [("ticker", "KRW-XXX")]),
    v6.SnapshotTimeout("ticker", {"KRW-BTC": {}}, ["KRW-XXX"], 5.0),
    v6.ManagerClosed(),
    v6.LoopUnavailable(5.0),
    v6.DecodeError("eof", 3),
    v6.TwoInstallations("a", "b"),
    v6.MissingExtra("x", "cli"),
]
IDS = [type(error).__name__ for error in ERRORS]


def test_every_v6_error_is_covered():
    assert {*IDS, "UpbitWebSocketError"} == set(v6.__all__)


@pytest.mark.parametrize("error", ERRORS, ids=IDS)
def test_a_failed_subscribe_is_both(error):
    failure = subscription_failure(error, "ticker", ["KRW-BTC"])
    assert isinstance(failure, legacy.SubscriptionError)
    assert isinstance(failure, type(error))
    assert str(failure) == str(error)
    assert failure.details["data_type"] == "ticker"
    assert failure.details["symbols"] == ["KRW-BTC"]
    assert failure.original_exception is error
    assert {name: getattr(failure, name) for name in error.__dict__} == error.__dict__


@pytest.mark.parametrize("error", ERRORS, ids=IDS)
def test_a_failed_connect_is_both(error):
    failure = connection_failure(error, "ws://x")
    assert isinstance(failure, legacy.WebSocketConnectionError)
    assert isinstance(failure, type(error))
    assert failure.error_code is legacy.ErrorCode.CONNECTION_FAILED
    assert failure.details == {"url": "ws://x"}


@pytest.mark.parametrize("error", ERRORS, ids=IDS)
@pytest.mark.parametrize("translate", [subscription_failure, connection_failure])
def test_pickle_and_copy_keep_everything(error, translate):
    arguments = ("ticker", ["KRW-BTC"]) if translate is subscription_failure else ("ws://x",)
    failure = translate(error, *arguments)
    for twin in (pickle.loads(pickle.dumps(failure)), copy.copy(failure)):
        assert type(twin) is type(failure)
        assert str(twin) == str(error)
        assert twin.__dict__.keys() == failure.__dict__.keys()
        assert twin.error_code is failure.error_code


@pytest.mark.parametrize(
    ("error", "besides"),
    [
        (v6.SubscribeTimeout("u", 1), legacy.WebSocketConnectionTimeoutError),
        (v6.AuthenticationError("default", "r"), legacy.InvalidAPIKeysError),
        (v6.ManagerClosed(), legacy.WebSocketConnectionError),
        (v6.InsecureURL("url", "p"), legacy.ConfigurationError),
    ],
)
def test_handlers_around_connect_and_subscribe_see_the_class_connect_raised(error, besides):
    assert isinstance(subscription_failure(error, None, None), besides)


def test_refused_keys_are_never_retried():
    failure = subscription_failure(v6.AuthenticationError("default", "refused"), None, None)
    assert failure.error_code is legacy.ErrorCode.INVALID_API_KEYS
    assert not legacy.should_retry_error(failure, 0, 3)


def test_the_class_is_made_once():
    first = subscription_failure(v6.ManagerClosed(), None, None)
    assert type(first) is type(subscription_failure(v6.ManagerClosed(), None, None))

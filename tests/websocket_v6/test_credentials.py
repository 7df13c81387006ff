from __future__ import annotations

import base64
import hashlib
import hmac
import json
import pickle
import traceback

import pytest

from websocket_v6.credentials import Algorithm, Credentials, bearer_token, from_environment
from websocket_v6.exceptions import AuthenticationError, InvalidArgument

ACCESS = "TEST-ACCESS-KEY-0001"
SECRET = "TEST-SECRET-KEY-0001"


def test_no_text_shows_a_key() -> None:
    credentials = Credentials(ACCESS, SECRET)
    for text in (repr(credentials), str(credentials), f"{credentials}", f"{[credentials]!r}"):
        assert credentials.fingerprint in text
        assert ACCESS not in text
        assert SECRET not in text
        assert ACCESS[:4] not in text


def test_pairs_are_told_apart_by_both_keys() -> None:
    pair, same = Credentials(ACCESS, SECRET), Credentials(ACCESS, SECRET)
    other = Credentials(ACCESS, SECRET + "-2")
    assert pair == same
    assert hash(pair) == hash(same)
    assert pair != other
    assert pair.fingerprint != other.fingerprint
    assert len({pair, same, other}) == 2
    assert pickle.loads(pickle.dumps(pair)) == pair


@pytest.mark.parametrize(
    "bad", ["", " ", f"{SECRET} ", f"{SECRET}\n", f"\ufeff {SECRET}", 12345678]
)
@pytest.mark.parametrize("name", ["access_key", "secret_key"])
def test_a_value_that_can_be_no_key_is_refused_and_never_shown(name: str, bad: object) -> None:
    keys: dict[str, object] = {"access_key": ACCESS, "secret_key": SECRET, name: bad}
    with pytest.raises(InvalidArgument) as caught:
        Credentials(**keys)  # type: ignore[arg-type]
    assert caught.value.name == name
    shown = "".join(traceback.format_exception_only(caught.value)) + repr(caught.value.args)
    assert SECRET not in shown
    assert "12345678" not in shown


def test_one_value_for_both_keys_is_refused() -> None:
    with pytest.raises(InvalidArgument, match="two keys of one pair") as caught:
        Credentials(SECRET, SECRET)
    assert SECRET not in str(caught.value)


def test_no_keys_in_the_environment_are_no_credentials() -> None:
    assert from_environment({}) is None
    assert from_environment({"UPBIT_ACCESS_KEY": "", "UPBIT_SECRET_KEY": " "}) is None


def test_keys_come_from_the_environment_without_their_line_end() -> None:
    environ = {"UPBIT_ACCESS_KEY": ACCESS, "UPBIT_SECRET_KEY": SECRET + "\n"}
    assert from_environment(environ) == Credentials(ACCESS, SECRET)


def test_keys_are_read_from_the_process_by_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UPBIT_ACCESS_KEY", ACCESS)
    monkeypatch.setenv("UPBIT_SECRET_KEY", SECRET)
    assert from_environment() == Credentials(ACCESS, SECRET)


@pytest.mark.parametrize(
    ("given", "missing"),
    [("UPBIT_ACCESS_KEY", "UPBIT_SECRET_KEY"), ("UPBIT_SECRET_KEY", "UPBIT_ACCESS_KEY")],
)
def test_one_key_without_the_other_names_the_missing_variable(given: str, missing: str) -> None:
    with pytest.raises(AuthenticationError, match=f"{given} is set but {missing} is not") as caught:
        from_environment({given: SECRET})
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize(
    ("algorithm", "digest"), [("HS256", hashlib.sha256), ("HS512", hashlib.sha512)]
)
@pytest.mark.parametrize("secret", ["short", SECRET * 10])
def test_the_token_is_signed_with_the_secret_as_it_is(
    algorithm: Algorithm, digest: object, secret: str
) -> None:
    token = bearer_token(Credentials(ACCESS, secret), nonce="n-1", algorithm=algorithm)
    signed, _, signature = token.rpartition(".")
    header, payload = (json.loads(_decode(part)) for part in signed.split("."))
    assert header == {"alg": algorithm, "typ": "JWT"}
    assert payload == {"access_key": ACCESS, "nonce": "n-1"}
    expected = hmac.new(secret.encode(), signed.encode(), digest)  # type: ignore[arg-type]
    assert _decode(signature) == expected.digest()


def test_the_token_uses_hs256_unless_told_otherwise() -> None:
    token = bearer_token(Credentials(ACCESS, SECRET), nonce="n-1")
    assert json.loads(_decode(token.split(".")[0]))["alg"] == "HS256"


def _decode(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))

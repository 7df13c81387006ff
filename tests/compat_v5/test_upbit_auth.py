"""The legacy authenticator: keys in, tokens out, and no key in sight."""

from __future__ import annotations

import hashlib
import uuid

import jwt
import pytest

from compat_v5.exceptions import InvalidAPIKeysError
from compat_v5.upbit_auth import UpbitAuthenticator

ACCESS, SECRET = "TEST-ACCESS-KEY-0001", "TEST-SECRET-KEY-0001-long-enough-for-hmac"


@pytest.fixture(autouse=True)
def _no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("UPBIT_ACCESS_KEY", raising=False)
    monkeypatch.delenv("UPBIT_SECRET_KEY", raising=False)


def claims(token: str) -> dict[str, str]:
    decoded: dict[str, str] = jwt.decode(token, SECRET, algorithms=["HS256"])
    return decoded


def test_a_token_has_the_access_key_and_a_nonce_of_its_own() -> None:
    auth = UpbitAuthenticator(ACCESS, SECRET)
    assert auth.is_authenticated()
    first, second = claims(auth.create_jwt_token()), claims(auth.create_jwt_token())
    assert set(first) == {"access_key", "nonce"}
    assert first["access_key"] == ACCESS
    assert uuid.UUID(first["nonce"]) != uuid.UUID(second["nonce"])


def test_parameters_of_a_rest_call_are_hashed_as_the_exchange_does() -> None:
    auth = UpbitAuthenticator(ACCESS, SECRET)
    token = auth.create_jwt_token({"market": "KRW-BTC", "states[]": ["wait", "watch"]})
    query = "market=KRW-BTC&states[]=wait&states[]=watch"
    assert claims(token)["query_hash"] == hashlib.sha512(query.encode()).hexdigest()
    assert claims(token)["query_hash_alg"] == "SHA512"
    body = claims(auth.create_jwt_token(request_body={"uuid": "u"}))
    assert body["query_hash"] == hashlib.sha512(b"uuid=u").hexdigest()


def test_headers_carry_the_token() -> None:
    auth = UpbitAuthenticator(ACCESS, SECRET)
    scheme, _, token = auth.get_private_headers({"a": 1})["Authorization"].partition(" ")
    assert scheme == "Bearer"
    assert claims(token)["access_key"] == ACCESS
    assert "Authorization" not in auth.get_public_headers()


def test_missing_keys_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not UpbitAuthenticator().is_authenticated()
    monkeypatch.setenv("UPBIT_ACCESS_KEY", ACCESS)
    assert not UpbitAuthenticator().is_authenticated()
    monkeypatch.setenv("UPBIT_SECRET_KEY", SECRET)
    assert claims(UpbitAuthenticator().create_jwt_token())["access_key"] == ACCESS


@pytest.mark.parametrize("keys", [(None, None), (ACCESS, None), (None, SECRET), ("", "")])
def test_without_keys_there_is_no_token(keys: tuple[str | None, str | None]) -> None:
    with pytest.raises(InvalidAPIKeysError, match="UPBIT_SECRET_KEY") as caught:
        UpbitAuthenticator(*keys).create_jwt_token()
    assert ACCESS not in str(caught.value)
    assert SECRET not in str(caught.value)


def test_no_key_shows() -> None:
    assert repr(UpbitAuthenticator(ACCESS, SECRET)) == "<UpbitAuthenticator with keys>"
    assert repr(UpbitAuthenticator()) == "<UpbitAuthenticator without keys>"

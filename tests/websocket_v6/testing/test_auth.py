"""The token check alone: docs/emulator.md, "Authentication"."""

from __future__ import annotations

import warnings

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from websocket_v6.testing.auth import (
    TEST_ACCESS_KEY,
    TEST_SECRET_KEY,
    AuthRefusedError,
    access_key_of,
)

KEYS = {TEST_ACCESS_KEY: TEST_SECRET_KEY}
CLAIMS = {"access_key": TEST_ACCESS_KEY, "nonce": "4a5c3d5e-0000-4000-8000-000000000000"}


def signed(claims, secret=TEST_SECRET_KEY, algorithm="HS256"):
    return "Bearer " + jwt.encode(claims, secret, algorithm)


@pytest.mark.parametrize("algorithm", ["HS256", "HS512"])
def test_both_algorithms_are_accepted(algorithm):
    assert access_key_of(signed(CLAIMS, algorithm=algorithm), KEYS) == TEST_ACCESS_KEY


@pytest.mark.parametrize(
    ("authorization", "name"),
    [
        (None, "no_authorization_token"),
        ("", "jwt_verification"),
        ("Basic abc", "jwt_verification"),
        ("Bearer abc", "jwt_verification"),
        ("Bearer a.b.c", "jwt_verification"),
        (signed(CLAIMS, secret="ANOTHER-" + TEST_SECRET_KEY), "jwt_verification"),
        (signed({"access_key": TEST_ACCESS_KEY}), "invalid_query_payload"),
        (signed({"nonce": "n"}), "invalid_query_payload"),
        (signed(CLAIMS | {"access_key": "TEST-ACCESS-KEY-of-nobody"}), "invalid_access_key"),
        (signed(CLAIMS, algorithm="HS384"), "jwt_verification"),
    ],
)
def test_refusals_have_the_exchange_s_names(authorization, name):
    with pytest.raises(AuthRefusedError) as refused:
        access_key_of(authorization, KEYS)
    assert refused.value.name == name
    assert TEST_SECRET_KEY not in str(refused.value)


def test_an_unsigned_token_is_refused():
    with pytest.raises(AuthRefusedError):
        access_key_of("Bearer " + jwt.encode(CLAIMS, None, "none"), KEYS)


def test_the_secret_is_used_as_text():
    secret = "aGVsbG8="  # valid base64, which must not be decoded
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        token = signed(CLAIMS, secret=secret)
    assert access_key_of(token, {TEST_ACCESS_KEY: secret}) == TEST_ACCESS_KEY


@given(st.text(max_size=80))
def test_no_header_breaks_the_check(text):
    for header in (text, f"Bearer {text}", f"Bearer {text}.{text}.{text}"):
        with pytest.raises(AuthRefusedError):
            access_key_of(header, KEYS)

"""The check of the token in the upgrade request.

Written against RFC 7519 rather than with a JWT library, so that a client's library cannot agree
with itself, and so that each reason for a refusal is told apart.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Final

__all__ = ["TEST_ACCESS_KEY", "TEST_SECRET_KEY", "AuthRefusedError", "access_key_of"]

# A published pair: it opens the emulator and nothing else.
TEST_ACCESS_KEY: Final = "TEST-ACCESS-KEY-of-the-local-emulator"
TEST_SECRET_KEY: Final = "TEST-SECRET-KEY-of-the-local-emulator-which-opens-nothing-anywhere-else"  # noqa: S105 - see above

_DIGESTS: Final = {"HS256": hashlib.sha256, "HS512": hashlib.sha512}


class AuthRefusedError(Exception):
    """The token does not pass.

    Args:
        name: the exchange's error name, such as ``jwt_verification``.
        message: one sentence.
    """

    def __init__(self, name: str, message: str) -> None:
        super().__init__(name, message)
        self.name = name
        self.message = message


def access_key_of(authorization: str | None, keys: Mapping[str, str]) -> str:
    """The access key of a valid ``Authorization`` header.

    Args:
        authorization: the header, ``None`` when there was none.
        keys: secret key by access key. The secret is used as text.

    Raises:
        AuthRefusedError: with the exchange's name for the reason.
    """
    if authorization is None:
        raise AuthRefusedError("no_authorization_token", "Authorization header is missing.")
    scheme, _, token = authorization.partition(" ")
    parts = token.strip().split(".")
    if scheme.lower() != "bearer" or len(parts) != 3:
        raise AuthRefusedError("jwt_verification", "Authorization must be 'Bearer <JWT>'.")
    header, claims = _json_part(parts[0]), _json_part(parts[1])
    digest = _DIGESTS.get(str(header.get("alg")))
    if digest is None:
        raise AuthRefusedError("jwt_verification", "The algorithm must be HS256 or HS512.")
    access_key, nonce = claims.get("access_key"), claims.get("nonce")
    if not isinstance(access_key, str) or not isinstance(nonce, str) or not nonce:
        raise AuthRefusedError(
            "invalid_query_payload", "The claims access_key and nonce are required."
        )
    secret = keys.get(access_key)
    if secret is None:
        raise AuthRefusedError("invalid_access_key", "The access key is not known.")
    signed = hmac.new(secret.encode(), f"{parts[0]}.{parts[1]}".encode(), digest).digest()
    if not hmac.compare_digest(signed, _bytes_part(parts[2])):
        raise AuthRefusedError("jwt_verification", "The signature does not verify.")
    return access_key


def _bytes_part(text: str) -> bytes:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise AuthRefusedError("jwt_verification", "The token is not base64url.") from error


def _json_part(text: str) -> dict[str, object]:
    try:
        value = json.loads(_bytes_part(text))
    except (ValueError, RecursionError) as error:
        raise AuthRefusedError("jwt_verification", "The token is not JSON.") from error
    if not isinstance(value, dict):
        raise AuthRefusedError("jwt_verification", "The token is not a JSON object.")
    return value

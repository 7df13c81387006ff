"""Access keys and the token made of them. No text made here contains a key.

Source: Upbit developer documentation, "Authentication", and the official SDK: private connections
carry a JSON Web Token in the ``Authorization`` header of the upgrade request.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final, Literal

from .exceptions import AuthenticationError, InvalidArgument

if TYPE_CHECKING:
    from jwt import PyJWS

__all__ = [
    "KEY_PROBLEMS",
    "Credentials",
    "bearer_token",
    "check_account",
    "explain_refusal",
    "from_environment",
]

ACCESS_VARIABLE = "UPBIT_ACCESS_KEY"
SECRET_VARIABLE = "UPBIT_SECRET_KEY"  # noqa: S105 - a variable's name

Algorithm = Literal["HS256", "HS512"]

# Names of Upbit's developer documentation, "Authentication" and "Errors".
KEY_PROBLEMS: Final = {
    "invalid_access_key": "the access key is not known; are the two keys swapped, or of another region?",
    "jwt_verification": "the secret key does not belong to the access key",
    "expired_access_key": "the key has expired; issue a new one",
    "no_authorization_ip": "the key does not allow this machine's address",
    "no_authorization_token": "no token arrived; does something between remove the header?",
    "nonce_used": "the token was used before; is the clock of this machine right?",
    "out_of_scope": "the key lacks the permission to see assets or orders",
}


@dataclass(frozen=True, slots=True, repr=False)
class Credentials:
    """One pair of API keys. Equal and hashable by both; shown only as a fingerprint.

    A pickle contains the keys, as it must to reach another process.

    Raises:
        InvalidArgument: a value that is no text, empty, contains white space, or is given for both.
            The value itself is never shown.
    """

    access_key: str
    secret_key: str

    def __post_init__(self) -> None:
        _check_key("access_key", self.access_key)
        _check_key("secret_key", self.secret_key)
        if self.access_key == self.secret_key:
            raise InvalidArgument(
                "secret_key", _Withheld("same as access_key"), "give the two keys of one pair"
            )

    @property
    def fingerprint(self) -> str:
        """Eight hex characters that tell pairs apart in logs and are no part of a key."""
        both = f"{self.access_key}\n{self.secret_key}".encode()
        return hashlib.sha256(both).hexdigest()[:8]

    def __repr__(self) -> str:
        return f"<Credentials #{self.fingerprint}>"


def check_account(account: object) -> None:
    """Raise ``InvalidArgument`` for what neither names an account nor is its keys; never shows it."""
    if account is not None and not isinstance(account, str | Credentials):
        raise InvalidArgument(
            "account",
            type(account).__name__,
            "give a name from add_account(), Credentials(access_key, secret_key), or None",
        )


class _Withheld:
    """Stands in an error for a value that must not be shown."""

    def __init__(self, description: str) -> None:
        self.description = description

    def __repr__(self) -> str:
        return f"<{self.description}>"


def _check_key(name: str, value: object) -> None:
    if not isinstance(value, str):
        shown = _Withheld(type(value).__name__)
        raise InvalidArgument(name, shown, "give the key as a text")
    if not value:
        raise InvalidArgument(name, _Withheld("empty"), "give the key that Upbit issued")
    if any(character.isspace() for character in value):
        shown = _Withheld("a text with white space")
        raise InvalidArgument(name, shown, "give the key alone, without spaces or line ends")


def from_environment(environ: Mapping[str, str] | None = None) -> Credentials | None:
    """The pair in ``UPBIT_ACCESS_KEY`` and ``UPBIT_SECRET_KEY``; ``None`` when neither is set.

    Args:
        environ: ``None`` means ``os.environ``. White space around a value is ignored.

    Raises:
        AuthenticationError: one is set without the other.
        InvalidArgument: a value that cannot be a key.
    """
    environ = os.environ if environ is None else environ
    access = environ.get(ACCESS_VARIABLE, "").strip()
    secret = environ.get(SECRET_VARIABLE, "").strip()
    if not access and not secret:
        return None
    if not access or not secret:
        found, missing = ACCESS_VARIABLE, SECRET_VARIABLE
        if not access:
            found, missing = missing, found
        raise AuthenticationError(
            "default", f"{found} is set but {missing} is not; set both, or neither"
        )
    return Credentials(access, secret)


def explain_refusal(body: bytes) -> str:
    """What the answer of a refused handshake says, as ``name: what it means``; empty for no reason.

    Only the exchange's short name is taken from *body*: its text may repeat what was sent.
    """
    try:
        name = json.loads(body)["error"]["name"]
    except (ValueError, LookupError, TypeError, RecursionError):
        return ""
    if not isinstance(name, str) or not re.fullmatch(r"[a-z_]{1,40}", name):
        return ""
    return f"{name}: {KEY_PROBLEMS[name]}" if name in KEY_PROBLEMS else name


def bearer_token(credentials: Credentials, *, nonce: str, algorithm: Algorithm = "HS256") -> str:
    """The token for one connection attempt, to be sent as ``Authorization: Bearer TOKEN``.

    Args:
        credentials: the keys; the secret key signs as it is, not base64-decoded.
        nonce: a UUID that no earlier attempt used.
        algorithm: the exchange takes both. Its documentation recommends HS512, its SDK and recipes
            send HS256.
    """
    claims = {"access_key": credentials.access_key, "nonce": nonce}
    payload = json.dumps(claims, separators=(",", ":")).encode()
    return _signer().encode(payload, credentials.secret_key, algorithm=algorithm)


@cache
def _signer() -> PyJWS:
    """PyJWT's signer without its warning about short keys.

    The exchange decides how long a key is, so the warning would tell the user nothing. PyJWT is
    imported here because only private connections need it and it loads ``cryptography`` if present.
    """
    from jwt import PyJWS
    from jwt.algorithms import HMACAlgorithm

    class ExchangeKey(HMACAlgorithm):
        def check_key_length(self, key: Any) -> None:
            """Every length is as issued. (PyJWT calls this since 2.11.)"""

    signer = PyJWS(algorithms=[])
    signer.register_algorithm("HS256", ExchangeKey(HMACAlgorithm.SHA256))
    signer.register_algorithm("HS512", ExchangeKey(HMACAlgorithm.SHA512))
    return signer

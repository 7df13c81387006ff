"""``UpbitAuthenticator``: a key pair and the tokens made of it, for REST and for legacy code.

Connections do not use it: each signs its own token. Keys never appear in its ``repr`` or errors.
"""

from __future__ import annotations

import hashlib
import os
import uuid
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote, urlencode

__all__ = ["UpbitAuthenticator"]

ACCESS_VARIABLE = "UPBIT_ACCESS_KEY"
SECRET_VARIABLE = "UPBIT_SECRET_KEY"  # noqa: S105 - a variable's name


class UpbitAuthenticator:
    """A key pair.

    Args:
        access_key: ``None`` reads ``UPBIT_ACCESS_KEY``.
        secret_key: ``None`` reads ``UPBIT_SECRET_KEY``.
    """

    def __init__(self, access_key: str | None = None, secret_key: str | None = None) -> None:
        if not (access_key and secret_key):
            access_key = access_key or os.environ.get(ACCESS_VARIABLE)
            secret_key = secret_key or os.environ.get(SECRET_VARIABLE)
        self._access_key = access_key or None
        self._secret_key = secret_key or None

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {'with' if self.is_authenticated() else 'without'} keys>"

    def is_authenticated(self) -> bool:
        """Both keys are there. Whether the exchange accepts them is another matter."""
        return bool(self._access_key and self._secret_key)

    def create_jwt_token(
        self,
        query_params: Mapping[str, Any] | None = None,
        request_body: Mapping[str, Any] | None = None,
    ) -> str:
        """A signed token with a fresh nonce (Upbit developer documentation, "Authentication").

        Parameters of a REST call add ``query_hash``; the query string wins over the body.

        Raises:
            InvalidAPIKeysError: a key is missing.
        """
        import jwt

        if self._access_key is None or self._secret_key is None:
            from .exceptions import InvalidAPIKeysError

            raise InvalidAPIKeysError(
                f"no API keys: pass access_key and secret_key, or set {ACCESS_VARIABLE} and "
                f"{SECRET_VARIABLE}"
            )
        claims = {"access_key": self._access_key, "nonce": str(uuid.uuid4())}
        parameters = query_params or request_body
        if parameters:
            query = unquote(urlencode(parameters, doseq=True))
            claims["query_hash"] = hashlib.sha512(query.encode()).hexdigest()
            claims["query_hash_alg"] = "SHA512"
        return jwt.encode(claims, self._secret_key, algorithm="HS256")

    def get_private_headers(
        self,
        query_params: Mapping[str, Any] | None = None,
        request_body: Mapping[str, Any] | None = None,
    ) -> dict[str, str]:
        """Headers of an authenticated request; raises as ``create_jwt_token``."""
        token = self.create_jwt_token(query_params, request_body)
        return {"Authorization": f"Bearer {token}", **self.get_public_headers()}

    def get_public_headers(self) -> dict[str, str]:
        """Headers of a request without keys."""
        return {"Accept": "application/json", "Content-Type": "application/json"}

"""The accounts of one process: names, keys, and whether the exchange refused them."""

from __future__ import annotations

import os
from collections.abc import Mapping

from ..credentials import Credentials, from_environment
from ..exceptions import AccountConflictError, AuthenticationError, InvalidArgument
from ..typing import AccountRef

__all__ = ["DEFAULT", "Account", "Accounts"]

DEFAULT = "default"


class Account:
    """One key pair. Its private connection outlives a change of refused keys.

    Args:
        name: the first name it was known by.
        credentials: the keys in use.
    """

    def __init__(self, name: str, credentials: Credentials) -> None:
        self.name = name
        self.credentials = credentials
        self.refusal = ""
        """Why the exchange refused the keys; empty while it has not."""

    def __repr__(self) -> str:
        state = "refused" if self.refused else "ok"
        return f"<Account {self.name!r} {self.credentials!r} {state}>"

    @property
    def refused(self) -> bool:
        return bool(self.refusal)

    def refuse(self, reason: str) -> None:
        self.refusal = f"{reason}; give new keys to initialize() or add_account()"

    def renew(self, credentials: Credentials) -> None:
        """Other keys for the same account, after the former were refused."""
        self.credentials = credentials
        self.refusal = ""


class Accounts:
    """Finds the account that a reference means."""

    def __init__(self) -> None:
        self._by_name: dict[str, Account] = {}

    def __iter__(self) -> object:
        return iter({id(account): account for account in self._by_name.values()}.values())

    def set(self, name: str, credentials: Credentials) -> Account:
        """Give *name* its keys.

        Raises:
            AccountConflictError: it has other keys that the exchange has not refused.
        """
        account = self._by_name.get(name)
        if account is None:
            account = self._with(credentials) or Account(name, credentials)
            self._by_name[name] = account
        elif account.refused:
            account.renew(credentials)
        elif account.credentials != credentials:
            remedy = "shut the manager down first, or use add_account() with another name"
            raise AccountConflictError(name, f"other keys are in use for it; {remedy}")
        return account

    def find(self, reference: AccountRef, environ: Mapping[str, str] | None = None) -> Account:
        """The account that *reference* means: a name, keys, or ``None`` for the default.

        The default account falls back to the environment, read now.

        Raises:
            AuthenticationError: no keys for it.
        """
        if isinstance(reference, Credentials):
            account = self._with(reference)
            if account is None:
                account = Account(f"key-{reference.fingerprint}", reference)
                self._by_name[account.name] = account
            return account
        if reference is not None and not isinstance(reference, str):
            raise InvalidArgument(
                "account", reference, "give a name from add_account() or Credentials(...)"
            )
        name = reference or DEFAULT
        known = self._by_name.get(name)
        if known is not None:
            return known
        if name != DEFAULT:
            raise AuthenticationError(name, f"unknown; call add_account({name!r}, ...) first")
        credentials = from_environment(os.environ if environ is None else environ)
        if credentials is None:
            raise AuthenticationError(
                name,
                "private data needs keys; call initialize(access_key, secret_key), pass "
                "account=Credentials(...), or set UPBIT_ACCESS_KEY and UPBIT_SECRET_KEY",
            )
        return self.set(DEFAULT, credentials)

    def is_available(self, reference: AccountRef) -> bool:
        """Whether the account has keys and they have not been refused. Creates nothing."""
        if isinstance(reference, Credentials):
            account = self._with(reference)
            return account is None or not account.refused
        known = self._by_name.get(reference or DEFAULT)
        if known is not None:
            return not known.refused
        if reference not in (None, DEFAULT):
            return False
        try:
            return from_environment(os.environ) is not None
        except (AuthenticationError, InvalidArgument):
            return False

    def _with(self, credentials: Credentials) -> Account | None:
        for account in self._by_name.values():
            if account.credentials == credentials:
                return account
        return None

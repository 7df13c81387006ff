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
    """One key pair, and whether the exchange refused it.

    Args:
        name: the name it shows under: the first that was given to the pair.
        credentials: the pair; it never changes.
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

    def retry(self) -> None:
        """The keys were given again by hand: let the exchange decide anew."""
        self.refusal = ""


class Accounts:
    """Finds the account that a reference means. A key pair is one account, whatever names it has."""

    def __init__(self) -> None:
        self._by_pair: dict[Credentials, Account] = {}
        self._by_name: dict[str, Account] = {}

    def set(self, name: str, credentials: Credentials) -> tuple[Account, Account | None]:
        """Give *name* its keys. A pair that was refused is tried again.

        Returns:
            The account *name* means now, and the one it meant before if that is another.

        Raises:
            AccountConflictError: it has other keys that the exchange has not refused.
        """
        former = self._by_name.get(name)
        if former is not None and former.credentials != credentials and not former.refused:
            remedy = "shut the manager down first, or use add_account() with another name"
            raise AccountConflictError(name, f"other keys are in use for it; {remedy}")
        account = self._by_pair.get(credentials)
        if account is None:
            account = self._by_pair[credentials] = Account(name, credentials)
        account.retry()
        self._by_name[name] = account
        if former is None or former is account:
            return account, None
        if former.name == name:
            former.name = self._name_of(former)
        return account, former

    def _name_of(self, account: Account) -> str:
        names = [name for name, one in self._by_name.items() if one is account]
        return names[0] if names else f"key-{account.credentials.fingerprint}"

    def find(self, reference: AccountRef, environ: Mapping[str, str] | None = None) -> Account:
        """The account that *reference* means: a name, keys, or ``None`` for the default.

        The default account falls back to the environment, read now.

        Raises:
            AuthenticationError: no keys for it.
        """
        known = self.known(reference)
        if known is not None:
            return known
        if isinstance(reference, Credentials):
            account = Account(f"key-{reference.fingerprint}", reference)
            self._by_pair[reference] = account
            return account
        if reference is not None and not isinstance(reference, str):
            raise InvalidArgument(
                "account", reference, "give a name from add_account() or Credentials(...)"
            )
        name = reference or DEFAULT
        if name != DEFAULT:
            raise AuthenticationError(name, f"unknown; call add_account({name!r}, ...) first")
        credentials = from_environment(os.environ if environ is None else environ)
        if credentials is None:
            raise AuthenticationError(
                name,
                "private data needs keys; call initialize(access_key, secret_key), pass "
                "account=Credentials(...), or set UPBIT_ACCESS_KEY and UPBIT_SECRET_KEY",
            )
        account = self._by_pair.get(credentials) or Account(DEFAULT, credentials)
        self._by_pair[credentials] = self._by_name[DEFAULT] = account
        return account

    def known(self, reference: AccountRef) -> Account | None:
        """The account that *reference* means, if there is one already."""
        if isinstance(reference, Credentials):
            return self._by_pair.get(reference)
        return self._by_name.get(reference or DEFAULT)

    def is_available(self, reference: AccountRef) -> bool:
        """Whether the account has keys and they have not been refused. Creates nothing."""
        known = self.known(reference)
        if known is not None:
            return not known.refused
        if isinstance(reference, Credentials):
            return True
        if reference not in (None, DEFAULT):
            return False
        try:
            credentials = from_environment(os.environ)
        except (AuthenticationError, InvalidArgument):
            return False
        account = self._by_pair.get(credentials) if credentials is not None else None
        return credentials is not None and not (account is not None and account.refused)

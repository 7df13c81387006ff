"""Files that have another meaning for a name of v6: it is imported under a name that is free."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from codemods.secrets import SecretText, key_facts

if TYPE_CHECKING:
    from conftest import Migrate

V5 = "app.net.websocket_v5"
PROGRAM = f"""\
from {V5} import UpbitWebSocketPrivateV5, InvalidAPIKeysError
{{given}}

async def main(first, second):
    try:
        client = UpbitWebSocketPrivateV5(first, second)
    except InvalidAPIKeysError as error:
        print(error)
        {{use}}
    await client.connect()
    await client.disconnect()
"""
GIVEN = {
    "a class": "class {name}(Exception):\n    pass\n",
    "an import": "from mylib import {name}\n",
    "an import under that name": "from mylib import Other as {name}\n",
    "a variable": "{name} = make()\n",
    "a function": "def {name}(): ...\n",
    "a star import": "from mylib import *\n",
}


@pytest.mark.parametrize("given", GIVEN.values(), ids=GIVEN)
def test_credentials_of_the_applications_own(given: str, migrate: Migrate) -> None:
    program = PROGRAM.format(given=given.format(name="Credentials"), use="raise Credentials")
    done = migrate({"app/module.py": program})
    text = done.text()
    assert "Credentials as UpbitCredentials" in text
    assert "account=UpbitCredentials(first, second)" in text
    assert "raise Credentials\n" in text
    assert "except AuthenticationError as error:" in text
    assert migrate({"app/module.py": text}).text() == text


@pytest.mark.parametrize("given", GIVEN.values(), ids=GIVEN)
def test_an_exception_of_the_applications_own(given: str, migrate: Migrate) -> None:
    name = "AuthenticationError"
    program = PROGRAM.format(given=given.format(name=name), use=f"raise {name}('no') from error")
    text = migrate({"app/module.py": program}).text()
    assert "AuthenticationError as UpbitAuthenticationError" in text
    assert "except UpbitAuthenticationError as error:" in text
    assert "raise AuthenticationError('no') from error" in text
    assert "account=Credentials(first, second)" in text
    assert migrate({"app/module.py": text}).text() == text


def test_a_proxy_of_the_applications_own(migrate: Migrate) -> None:
    program = PROGRAM.format(given="class WebSocketClientProxy: ...\n", use="raise")
    text = migrate({"app/module.py": program}).text()
    assert "WebSocketClientProxy as UpbitWebSocketClientProxy" in text
    assert "client = UpbitWebSocketClientProxy(" in text


def test_a_parameter_takes_the_name_as_well(migrate: Migrate) -> None:
    program = (
        f"from {V5} import UpbitWebSocketPrivateV5\n\n\ndef make(Credentials):\n"
        "    return UpbitWebSocketPrivateV5(Credentials[0], Credentials[1])\n"
    )
    text = migrate({"app/module.py": program}).text()
    assert "account=UpbitCredentials(Credentials[0], Credentials[1])" in text


def test_the_other_name_may_be_taken_too(migrate: Migrate) -> None:
    given = "class Credentials: ...\nclass UpbitCredentials(Credentials): ...\n"
    text = migrate({"app/module.py": PROGRAM.format(given=given, use="raise")}).text()
    assert "Credentials as UpbitV6Credentials" in text
    assert "account=UpbitV6Credentials(first, second)" in text


@pytest.mark.parametrize("module", ["websocket_v6", "app.net.websocket_v6"])
def test_an_import_of_v6_itself_is_no_other_meaning(module: str, migrate: Migrate) -> None:
    given = f"from {module} import Credentials\nkeys = Credentials('a', 'b')\n"
    text = migrate({"app/module.py": PROGRAM.format(given=given, use="raise")}).text()
    assert "account=Credentials(first, second)" in text
    assert "UpbitCredentials" not in text


def test_a_component_keeps_its_name(migrate: Migrate) -> None:
    program = (
        f"from {V5} import UpbitWebSocketPrivateV5\n\n\nclass Credentials:\n"
        "    def client(self):\n        return UpbitWebSocketPrivateV5(self.first, self.second)\n"
    )
    text = migrate({"app/module.py": program}).text()
    assert '"Credentials",' in text
    assert "account=UpbitCredentials(self.first, self.second)" in text


def test_a_test_that_patches_the_proxy_follows_its_name(migrate: Migrate) -> None:
    bot = PROGRAM.format(given="class WebSocketClientProxy: ...\n", use="raise")
    test = (
        "from unittest.mock import patch\nfrom app import module\n\n\n"
        '@patch("app.module.UpbitWebSocketPrivateV5")\ndef test_main(made): ...\n'
    )
    done = migrate({"app/__init__.py": "", "app/module.py": bot, "tests/test_module.py": test})
    assert '@patch("app.module.UpbitWebSocketClientProxy")' in done.text("tests/test_module.py")


def test_keys_are_known_under_the_other_name_too() -> None:
    source = b"client = WebSocketClientProxy('a', account=UpbitCredentials('first-1', 'second-2'))"
    text = SecretText([key_facts(source)]).without_keys(source.decode())
    assert "first-1" not in text
    assert "second-2" not in text


BESIDE = f"""\
from {V5} import UpbitWebSocketPrivateV5, InvalidAPIKeysError
from mylib import AuthenticationError

async def main(first, second):
    try:
        client = UpbitWebSocketPrivateV5(first, second)
    except {{caught}} as error:
        print(error)
    await client.connect()
    await client.disconnect()
"""


@pytest.mark.parametrize(
    ("caught", "wanted"),
    [
        (
            "(InvalidAPIKeysError, AuthenticationError)",
            "(UpbitAuthenticationError, AuthenticationError)",
        ),
        (
            "(AuthenticationError, InvalidAPIKeysError)",
            "(AuthenticationError, UpbitAuthenticationError)",
        ),
    ],
)
def test_both_meanings_are_caught(caught: str, wanted: str, migrate: Migrate) -> None:
    text = migrate({"app/module.py": BESIDE.format(caught=caught)}).text()
    assert f"except {wanted} as error:" in text
    assert migrate({"app/module.py": text}).text() == text


def test_a_second_run_knows_the_other_name(migrate: Migrate) -> None:
    program = BESIDE.format(caught="(InvalidAPIKeysError, AuthenticationError)")
    program += "    raise InvalidAPIKeysError('again')\n"  # so that the legacy class stays as well
    text = migrate({"app/module.py": program}).text()
    assert "except (UpbitAuthenticationError, InvalidAPIKeysError, AuthenticationError)" in text
    assert migrate({"app/module.py": text}).text() == text


def test_a_name_the_file_gave_to_v6_is_used(migrate: Migrate) -> None:
    given = "from websocket_v6 import Credentials as Keys\nmade = Keys('a', 'b')\n"
    text = migrate({"app/module.py": PROGRAM.format(given=given, use="raise")}).text()
    assert "account=Keys(first, second)" in text

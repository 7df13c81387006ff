"""Every public exception teaches: its docstring says what happened, why, and what to do."""

from __future__ import annotations

import importlib.util
import inspect

import pytest

import compat_v5
import websocket_v6
import websocket_v6.testing
from tests.documents import reader

spec = importlib.util.spec_from_file_location(
    "errors_page", reader.REPOSITORY / "docs" / "errors_page.py"
)
assert spec is not None
assert spec.loader is not None
errors_page = importlib.util.module_from_spec(spec)
spec.loader.exec_module(errors_page)

DESCRIBED = [cls for module in errors_page.MODULES for cls in errors_page.exceptions(module)]


def test_the_page_is_up_to_date():
    text = errors_page.PAGE.read_text(encoding="utf-8")
    assert text == errors_page.page(), "run: python docs/errors_page.py --write"


@pytest.mark.parametrize("package", [websocket_v6, websocket_v6.testing, compat_v5])
def test_what_a_package_exports_is_on_the_page(package):
    exported = [getattr(package, name) for name in package.__all__]
    raised = [each for each in exported if inspect.isclass(each) and issubclass(each, Exception)]
    assert raised
    assert [cls.__name__ for cls in raised if cls not in DESCRIBED] == []


@pytest.mark.parametrize("cls", DESCRIBED, ids=lambda cls: f"{cls.__module__}.{cls.__name__}")
def test_an_entry_answers_the_three_questions(cls: type[BaseException]):
    answers = errors_page.sections(cls)
    assert tuple(answers) == errors_page.SECTIONS
    for answer in answers.values():
        assert answer.endswith((".", ")"))
        assert len(answer.split()) >= 2


def test_an_exception_without_an_answer_is_refused():
    class Silent(Exception):
        """Something.

        What happened:
            It failed.
        """

    with pytest.raises(ValueError, match="no section 'Why'"):
        errors_page.sections(Silent)


@pytest.mark.parametrize("name", errors_page.EXAMPLES)
def test_the_shown_message_is_of_the_class_it_stands_under(name: str):
    assert type(errors_page.EXAMPLES[name]).__name__ == name

"""Replacements that nest, touch and cross."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codemods.edits import Edit, EditConflict, Span, apply_edits


def test_nothing_changes_nothing() -> None:
    assert apply_edits("abc", []) == "abc"


def test_inner_edits_show_only_where_their_span_is_placed() -> None:
    inner = Edit(2, 3, ("X",))
    assert apply_edits("f(a, b)", [Edit(0, 7, (Span(2, 3), "!")), inner]) == "X!"
    assert apply_edits("f(a, b)", [Edit(0, 7, ("gone",)), inner]) == "gone"
    assert apply_edits("f(a, b)", [Edit(2, 6, (Span(5, 6), ", ", Span(2, 3))), inner]) == "f(b, X)"


def test_text_brought_from_elsewhere_comes_edited() -> None:
    """An argument taken from the next statement, which goes: what is rewritten in it stays rewritten."""
    text = "a = f()\nurl(b)\n"
    edits = [Edit(5, 7, ("(", Span(12, 13), ")")), Edit(8, 15, ()), Edit(12, 13, ("X",))]
    assert apply_edits(text, edits) == "a = f(X)\n"


def test_insertions_come_before_replacements_and_in_order() -> None:
    assert apply_edits("ab", [Edit(1, 2, ("c",)), Edit(1, 1, ("1",)), Edit(1, 1, ("2",))]) == "a12c"


def test_equal_edits_count_once() -> None:
    assert apply_edits("ab", [Edit(0, 1, ("c",)), Edit(0, 1, ("c",))]) == "cb"


def test_crossing_edits_are_an_error() -> None:
    with pytest.raises(EditConflict):
        apply_edits("abcd", [Edit(0, 2, ("x",)), Edit(1, 3, ("y",))])


@given(st.text(max_size=30), st.data())
def test_separate_edits_are_independent(text: str, data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=6, unique=True)))
    edits = [
        Edit(a, b, ("<", Span(a, b), ">")) for a, b in zip(cuts[::2], cuts[1::2], strict=False)
    ]
    shuffled = data.draw(st.permutations(edits))
    result = apply_edits(text, shuffled)
    expected, position = "", 0
    for edit in edits:
        expected += text[position : edit.start] + "<" + text[edit.start : edit.end] + ">"
        position = edit.end
    assert result == expected + text[position:]

"""Fenced Python in Markdown."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codemods.exceptions import FileError
from codemods.markdown import open_markdown

DOCUMENT = b"""# Title

```python
import a
```

1. item

   ```py title="x.py"
   from a import b

   b()
   ```

~~~~ {.python}
import c
~~~
import d
~~~~

```bash
import e
```

```python
this does not parse
```

```
import f
```
"""


def test_blocks_become_one_text() -> None:
    opened = open_markdown(DOCUMENT)
    python = opened.python.decode()
    assert "import a\n" in python
    assert "from a import b\n\nb()\n" in python
    assert "import e" not in python
    assert "import f" not in python
    assert opened.left_out == (16, 26)


def test_only_the_changed_block_changes() -> None:
    opened = open_markdown(DOCUMENT)
    after = opened.with_python(
        opened.python.replace(b"from a import b", b"from z import b\nimport q")
    )
    assert after == DOCUMENT.replace(b"   from a import b\n", b"   from z import b\n   import q\n")


def test_line_ends_are_kept() -> None:
    raw = DOCUMENT.replace(b"\n", b"\r\n")
    opened = open_markdown(raw)
    after = opened.with_python(opened.python.replace(b"import a\n", b"import z\n"))
    assert after == raw.replace(b"import a\r\n", b"import z\r\n")


def test_places_are_lines_of_the_document() -> None:
    opened = open_markdown(DOCUMENT)
    lines = opened.python.decode().splitlines()
    assert opened.place(lines.index("import a") + 1) == (4, "")
    assert opened.place(lines.index("b()") + 1) == (12, "")


@given(st.text(alphabet="`~ \n\rpython a=1#x", max_size=200))
@settings(max_examples=150, deadline=None)
def test_unchanged_python_gives_the_same_bytes(text: str) -> None:
    opened = open_markdown(text.encode())
    assert opened.with_python(opened.python) == text.encode()


def test_lost_borders_and_other_encodings_are_refused() -> None:
    opened = open_markdown(DOCUMENT)
    with pytest.raises(FileError, match="did not survive"):
        opened.with_python(b"import a\n")
    with pytest.raises(FileError, match="UTF-8"):
        open_markdown(b"\xff")

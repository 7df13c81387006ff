from __future__ import annotations

import errno
import gzip
import json
import os
import stat
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from websocket_v6.cli.recording import Recording, line_of
from websocket_v6.exceptions import InvalidArgument

FRAME = b'{"type":"trade","trade_price":0E-8,"x":1.16539E8}'


def lines(path: Path) -> list[bytes]:
    return path.read_bytes().splitlines()


def test_a_line_keeps_the_bytes_of_the_frame() -> None:
    line = line_of(1618678262.681707, FRAME)
    assert line == (
        b'{"recv_ts": 1618678262.681707, "opcode": "binary", "frame": ' + FRAME + b"}\n"
    )


def test_a_text_message_says_so() -> None:
    line = line_of(1.0, FRAME, text=True)
    assert line is not None
    assert json.loads(line)["opcode"] == "text"


@pytest.mark.parametrize("payload", [b"", b"PONG", b'{"a":1', b"\xff", b'{"a":1} {"b":2}'])
def test_what_is_not_one_json_value_is_no_line(payload: bytes) -> None:
    assert line_of(1.0, payload) is None


@settings(max_examples=50, deadline=None)
@given(st.recursive(st.integers() | st.text(), lambda inner: st.dictionaries(st.text(), inner)))
def test_any_frame_is_one_line_even_when_it_was_indented(value: object) -> None:
    line = line_of(1.5, json.dumps(value, indent=2, ensure_ascii=False).encode())
    assert line is not None
    assert line.count(b"\n") == 1
    assert line.endswith(b"\n")
    assert json.loads(line) == {"recv_ts": 1.5, "opcode": "binary", "frame": value}


@pytest.mark.parametrize("name", ["out.jsonl", "out.jsonl.gz"])
def test_what_was_flushed_can_be_read_while_the_file_is_still_open(
    tmp_path: Path, name: str
) -> None:
    recording = Recording(tmp_path / name)
    recording.open(now=0.0)
    read = gzip.open if name.endswith(".gz") else open
    for number in range(3):
        recording.add(b"%d\n" % number, now=float(number))
        recording.flush(now=float(number))
        with read(tmp_path / name, "rb") as file:
            assert file.read().split() == [b"%d" % n for n in range(number + 1)]
    recording.close()
    assert recording.frames == 3


def test_much_at_once_does_not_wait_for_the_next_flush(tmp_path: Path) -> None:
    recording = Recording(tmp_path / "out.jsonl")
    recording.open(now=0.0)
    recording.add(b"x" * Recording.FULL + b"\n", now=0.0)
    assert (tmp_path / "out.jsonl").stat().st_size == Recording.FULL + 1
    recording.close()


def test_closing_writes_what_waits_and_twice_is_harmless(tmp_path: Path) -> None:
    recording = Recording(tmp_path / "out.jsonl")
    recording.open(now=0.0)
    recording.add(b"1\n", now=0.0)
    recording.close()
    recording.close()
    assert lines(tmp_path / "out.jsonl") == [b"1"]


def test_rotation_by_size_loses_no_line(tmp_path: Path) -> None:
    recording = Recording(tmp_path / "btc.2026.jsonl", rotate_bytes=10)
    recording.open(now=0.0)
    for number in range(10):
        recording.add(b"%04d\n" % number, now=0.0)
        recording.flush(now=0.0)
    recording.close()
    files = sorted(path.name for path in tmp_path.iterdir())
    assert files[:2] == ["btc.2026.001.jsonl", "btc.2026.002.jsonl"]
    assert b"".join((tmp_path / name).read_bytes() for name in files).split() == [
        b"%04d" % number for number in range(10)
    ]


def test_rotation_by_age_begins_a_file_only_when_there_was_something(tmp_path: Path) -> None:
    recording = Recording(tmp_path / "a.jsonl.gz", rotate_seconds=60)
    recording.open(now=0.0)
    recording.flush(now=120.0)
    assert recording.files == 1
    recording.add(b"1\n", now=121.0)
    recording.flush(now=121.0)
    assert recording.files == 2
    assert recording.path == tmp_path / "a.002.jsonl.gz"
    recording.close()


def test_rotation_goes_on_after_the_files_that_are_there(tmp_path: Path) -> None:
    (tmp_path / "a.001.jsonl").write_text("old\n")
    recording = Recording(tmp_path / "a.jsonl", rotate_bytes=10)
    recording.open(now=0.0)
    recording.close()
    assert recording.path == tmp_path / "a.002.jsonl"
    assert (tmp_path / "a.001.jsonl").read_text() == "old\n"


def test_a_file_that_exists_is_never_touched(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text("old\n")
    with pytest.raises(InvalidArgument, match="the file exists"):
        Recording(path).open(now=0.0)
    assert path.read_text() == "old\n"


def test_a_folder_that_does_not_exist_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidArgument, match=r"cannot be made in .*absent"):
        Recording(tmp_path / "absent" / "a.jsonl").open(now=0.0)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no file modes of this kind")
def test_a_private_recording_is_for_its_owner(tmp_path: Path) -> None:
    recording = Recording(tmp_path / "a.jsonl", private=True)
    recording.open(now=0.0)
    recording.close()
    assert stat.S_IMODE((tmp_path / "a.jsonl").stat().st_mode) == 0o600


@pytest.mark.parametrize("name", ["out.jsonl", "out.jsonl.gz"])
def test_a_full_disk_leaves_the_last_whole_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    recording = Recording(tmp_path / name)
    recording.open(now=0.0)
    recording.add(b"first\n", now=0.0)
    recording.flush(now=0.0)
    write = os.write

    def full(descriptor: int, content: bytes) -> int:
        if len(content) < 4:
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(descriptor, content[: len(content) - 3])

    recording.add(b"second\n", now=1.0)
    with monkeypatch.context() as patched:
        patched.setattr(os, "write", full)
        with pytest.raises(OSError, match="No space left"):
            recording.flush(now=1.0)
    recording.close()
    read = gzip.open if name.endswith(".gz") else open
    with read(tmp_path / name, "rb") as file:
        assert file.read() == b"first\n"
    assert recording.frames == 1

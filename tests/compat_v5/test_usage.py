"""The report of legacy calls and its file."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
import threading

import pytest

from compat_v5.call_site import CallSite
from compat_v5.usage import record, reset_usage, usage_report, write_usage

SITE = CallSite("app.py", 7, "app")


@pytest.fixture(autouse=True)
def fresh(monkeypatch):
    monkeypatch.delenv("UPBIT_V5_USAGE", raising=False)
    reset_usage()
    yield
    reset_usage()


def run(code: str, path, **environment):
    """Run a program with ``UPBIT_V5_USAGE=path``."""
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code)],
        env={**os.environ, "UPBIT_V5_USAGE": str(path), "UPBIT_V5_WARNINGS": "off", **environment},
        stderr=subprocess.PIPE,
        text=True,
    )


def test_nothing_used_is_an_empty_report():
    assert usage_report() == {"format": 1, "call_sites": [], "members": {}}


def test_calls_are_counted_by_site_and_member():
    record(SITE, "A.connect")
    record(SITE, "A.connect")
    record(SITE, "A")
    record(None, "A")
    report = usage_report()
    assert json.loads(json.dumps(report)) == report
    assert report["members"] == {"A": 2, "A.connect": 2}
    assert {(s["site"], s["member"], s["calls"]) for s in report["call_sites"]} == {
        ("app.py:7", "A", 1),
        ("app.py:7", "A.connect", 2),
        ("<unknown>:0", "A", 1),
    }


def test_writing_twice_adds_once(tmp_path):
    path = tmp_path / "usage.json"
    record(SITE, "A")
    write_usage(path)
    write_usage(path)
    record(SITE, "A")
    write_usage(path)
    assert json.loads(path.read_text("utf-8"))["members"] == {"A": 2}
    assert usage_report()["members"] == {"A": 2}


def test_a_file_somebody_has_open_on_windows_is_written_the_next_time(tmp_path, monkeypatch):
    path = tmp_path / "usage.json"
    record(SITE, "A")
    write_usage(path)
    before = path.read_text("utf-8")

    def refuse(source, target):
        raise PermissionError(13, "The process cannot access the file", str(target))

    record(SITE, "B")
    with monkeypatch.context() as held:
        held.setattr(type(path), "replace", refuse)
        with pytest.raises(PermissionError):
            write_usage(path)
    assert path.read_text("utf-8") == before
    assert {each.name for each in tmp_path.iterdir()} == {"usage.json", "usage.json.lock"}
    write_usage(path)
    assert json.loads(path.read_text("utf-8"))["members"] == {"A": 1, "B": 1}


@pytest.mark.parametrize("text", ["{not json", "[]", '{"call_sites": [{"file": 1}]}'])
def test_a_file_that_is_something_else_is_left_alone(tmp_path, text):
    path = tmp_path / "usage.json"
    path.write_text(text, "utf-8")
    record(SITE, "A")
    with pytest.raises(ValueError, match="not a usage report"):
        write_usage(path)
    assert path.read_text("utf-8") == text


PROGRAM = """
    from compat_v5 import UpbitWebSocketPublicV5, UpbitWebSocketPrivateV5
    for _ in range(3):
        UpbitWebSocketPublicV5()
    UpbitWebSocketPrivateV5("CANARY-ACCESS-KEY", "CANARY-SECRET-KEY")
"""


def test_processes_merge_their_counts(tmp_path):
    path = tmp_path / "usage.json"
    for process in [run(PROGRAM, path) for _ in range(4)]:
        assert process.wait(60) == 0, process.stderr.read()
        process.stderr.close()
    report = json.loads(path.read_text("utf-8"))
    assert report["members"] == {"UpbitWebSocketPrivateV5": 4, "UpbitWebSocketPublicV5": 12}
    assert len(report["call_sites"]) == 2
    assert "CANARY" not in path.read_text("utf-8")


@pytest.mark.skipif(sys.platform == "win32", reason="takes the lock as POSIX processes do")
def test_a_writer_waits_for_the_one_before_it(tmp_path):
    import fcntl

    path = tmp_path / "usage.json"
    record(SITE, "A")
    writer = threading.Thread(target=write_usage, args=(path,))
    with path.with_name("usage.json.lock").open("a+b") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        writer.start()
        writer.join(0.2)
        other = {"file": "other.py", "line": 1, "member": "B", "calls": 5}
        path.write_text(json.dumps({"call_sites": [other]}), "utf-8")
    writer.join(30)
    assert json.loads(path.read_text("utf-8"))["members"] == {"A": 1, "B": 5}


KILLED = """
    import os, signal
    from compat_v5 import UpbitWebSocketPublicV5
    def work():
        for _ in range(3):
            UpbitWebSocketPublicV5()
    work()
    os.kill(os.getpid(), signal.SIGTERM)
    signal.pause()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_a_killed_process_leaves_its_call_sites(tmp_path):
    """SIGTERM, as a service manager sends it, ends a process without its exit handlers."""
    path = tmp_path / "usage.json"
    process = run(KILLED, path)
    _, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (-signal.SIGTERM, "")
    (site,) = json.loads(path.read_text("utf-8"))["call_sites"]
    assert (site["line"], site["member"]) == (6, "UpbitWebSocketPublicV5")


def test_a_file_that_cannot_be_written_is_spoken_of_once(tmp_path, monkeypatch, caplog):
    monkeypatch.setenv("UPBIT_V5_USAGE", str(tmp_path / "missing" / "usage.json"))
    record(SITE, "A")
    record(SITE, "B")
    assert [entry.getMessage().split(":")[0] for entry in caplog.records] == [
        "the usage of the legacy layer was not written"
    ]


FORKING = """
    import multiprocessing, os
    from compat_v5 import UpbitWebSocketPublicV5

    def work():
        UpbitWebSocketPublicV5()

    if __name__ == "__main__":
        UpbitWebSocketPublicV5()
        worker = multiprocessing.get_context("fork").Process(target=work)
        worker.start()
        worker.join()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="fork is a POSIX call")
def test_a_forked_worker_reports_its_own_calls_only(tmp_path):
    path = tmp_path / "usage.json"
    process = run(FORKING, path)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    report = json.loads(path.read_text("utf-8"))
    assert report["members"] == {"UpbitWebSocketPublicV5": 2}
    assert len(report["call_sites"]) == 2


def test_a_file_that_cannot_be_written_does_not_change_the_exit_code(tmp_path):
    process = run(PROGRAM, tmp_path / "missing" / "usage.json")
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 0
    assert "was not written" in errors

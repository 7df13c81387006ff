"""``upbit-ws emulator`` as a program: docs/emulator.md, "From the command line"."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

COMMAND = [sys.executable, "-m", "websocket_v6", "emulator"]


@pytest.fixture
def started() -> Iterator:
    """``started(*options)`` gives the process and what it printed, ``{"listening": url, ...}``."""
    processes = []

    def start(*options: str):
        process = subprocess.Popen(
            [*COMMAND, *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        processes.append(process)
        printed: dict[str, str] = {}
        while "listening" not in printed:
            line = process.stdout.readline()
            assert line, process.stderr.read()
            key, _, value = line.strip().partition(" ")
            printed[key] = value
        return process, printed

    yield start
    for process in processes:
        process.kill()
        process.communicate()


def first_frame(url: str, code: str = "KRW-BTC") -> dict:
    with connect(url) as client:
        client.send(json.dumps([{"ticket": "t"}, {"type": "trade", "codes": [code]}]))
        return json.loads(client.recv(timeout=5))


def post(url: str, body: dict) -> dict:
    request = urllib.request.Request(url, json.dumps(body).encode())  # noqa: S310 - loopback
    with urllib.request.urlopen(request, timeout=5) as answer:  # noqa: S310 - loopback
        return json.load(answer)


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_until_it_is_asked_to_end(started, ending):
    process, printed = started("--seed", "1")
    assert printed["listening"].startswith("ws://127.0.0.1:")
    assert printed["listening"].endswith("/websocket/v1")
    assert first_frame(printed["listening"])["stream_type"] == "SNAPSHOT"
    process.send_signal(ending)
    out, err = process.communicate(timeout=5)
    assert (process.returncode, out, err) == (0, "", "")


def test_a_recording_is_replayed(started, tmp_path, samples):
    path = tmp_path / "session.jsonl"
    path.write_text("\n".join(samples("capture_2021-04-17_simple.jsonl")[:20]) + "\n")
    _, printed = started("--replay", str(path), "--speed", "0")
    assert first_frame(printed["listening"], "KRW-LAMB")["sequential_id"] == 1618678262000003


def test_faults_from_the_start_and_over_the_control_port(started):
    _, printed = started("--control-port", "0", "--fault", "refuse:status=418,times=1", "--rate=0")
    with pytest.raises(InvalidStatus):
        first_frame(printed["listening"])
    assert first_frame(printed["listening"])["code"] == "KRW-BTC"
    post(printed["control"] + "/faults/refuse", {"status": 429, "times": 1})
    with pytest.raises(InvalidStatus):
        first_frame(printed["listening"])


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--replay", "/nowhere/session.jsonl"], "/nowhere/session.jsonl: No such file"),
        (["--key", "TEST-ACCESS-KEY-TYPED-WRONG"], "--key number 1 must be ACCESS:SECRET"),
        (["--port", "70000"], "--port 70000: a port is 0 to 65535"),
        (["--fault", "explode"], "fault 'explode': one of"),
        (["--fault", "refuse:status=200"], "status=200"),
        (["--rate", "-1"], "rate=-1"),
        (["--idle-timeout", "0"], "idle_timeout=0.0: seconds, more than 0"),
        (["--snapshot-delay", "-1"], "snapshot_delay=-1.0: seconds, 0 or more"),
        (["--error-close-delay", "nan"], "error_close_delay=nan: seconds"),
        (["--replay", "x", "--lockstep", "5"], "give one of them"),
        (["--region", "mars"], "invalid choice"),
    ],
)
def test_settings_that_cannot_work_end_with_code_2(options, says):
    ended = subprocess.run([*COMMAND, *options], capture_output=True, text=True, timeout=20)
    assert ended.returncode == 2
    assert says in ended.stderr
    assert "Traceback" not in ended.stderr
    assert "TYPED-WRONG" not in ended.stderr


def test_a_port_in_use_ends_with_code_2():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        command = [*COMMAND, "--port", str(port)]
        ended = subprocess.run(command, capture_output=True, text=True, timeout=20)
    assert ended.returncode == 2
    assert f"port {port} is in use" in ended.stderr

"""What is in the wheel and in the sdist."""

from __future__ import annotations

import email
import tarfile
import zipfile
from pathlib import Path, PurePosixPath

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("packaging")]

REPOSITORY = Path(__file__).parents[2]
PACKAGES = ("websocket_v6", "compat_v5", "codemods")


@pytest.fixture(scope="session")
def names(distributions) -> set[str]:
    with zipfile.ZipFile(distributions.wheel) as wheel:
        return set(wheel.namelist())


@pytest.fixture(scope="session")
def metadata(distributions):
    with zipfile.ZipFile(distributions.wheel) as wheel:
        (path,) = (name for name in wheel.namelist() if name.endswith(".dist-info/METADATA"))
        return email.message_from_bytes(wheel.read(path))


def test_wheel_holds_the_three_packages_and_nothing_else_at_the_top(names):
    tops = {PurePosixPath(name).parts[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == set(PACKAGES)


@pytest.mark.parametrize("package", PACKAGES)
def test_wheel_holds_every_module_of_the_source_tree(names, package):
    modules = {
        path.relative_to(REPOSITORY).as_posix() for path in (REPOSITORY / package).rglob("*.py")
    }
    assert modules
    assert modules <= names


@pytest.mark.parametrize("package", PACKAGES)
def test_packages_are_marked_as_typed(names, package):
    assert f"{package}/py.typed" in names


def test_wheel_holds_the_frames_with_their_origin_and_licence(names):
    frames = "websocket_v6/testing/frames/"
    for name in ("ticker.jsonl", "trade.jsonl", "orderbook.jsonl", "README.md"):
        assert frames + name in names
    assert any(name.startswith(frames) and "LICENSE" in name for name in names)


def test_licences_are_declared_and_enclosed(names, metadata):
    assert metadata["License-Expression"] == "MIT"
    declared = metadata.get_all("License-File")
    assert "LICENSE" in declared
    assert any("cryptofeed" in path for path in declared)
    for path in declared:
        assert any(name.endswith(f".dist-info/licenses/{path}") for name in names)


def test_wheel_holds_the_templates_of_the_html_report(names):
    assert [name for name in names if name.startswith("codemods/") and ".html" in name]


def test_wheel_holds_the_legacy_application_of_the_demo(names):
    application = REPOSITORY / "examples" / "legacy_app"
    files = {
        "compat_v5/parity/legacy_app/" + path.relative_to(application).as_posix()
        for path in application.rglob("*.py")
    }
    assert "compat_v5/parity/legacy_app/main.py" in files
    assert files <= names


def test_wheel_holds_no_tests(names):
    parts = {part for name in names for part in PurePosixPath(name).parts}
    assert not parts & {"tests", "conftest.py", "reference_v5"}
    assert "websocket_v6/testing/emulator.py" in names


def test_nothing_compiled_or_private_is_shipped(names):
    assert not [name for name in names if name.endswith((".pyc", ".env", ".pem"))]


def test_sdist_can_run_its_own_tests(distributions):
    with tarfile.open(distributions.sdist) as archive:
        files = {name.split("/", 1)[1] for name in archive.getnames() if "/" in name}
    for needed in (
        "pyproject.toml", "constraints.txt", "Makefile", "README.md", "MIGRATION.md", "LICENSE",
        "CHANGELOG.md", "tests/packaging/conftest.py", "examples/legacy_app/main.py",
    ):  # fmt: skip
        assert needed in files


def test_runtime_requires_three_distributions_and_no_migration_tool(metadata):
    required = [line for line in metadata.get_all("Requires-Dist") if "extra ==" not in line]
    assert sorted(line.split("<")[0].split(">")[0].strip().lower() for line in required) == [
        "msgspec",
        "pyjwt",
        "websockets",
    ]


def test_metadata_says_what_an_index_page_shows(metadata, distributions):
    version = {}
    exec((REPOSITORY / "websocket_v6" / "_version.py").read_text(encoding="utf-8"), version)  # noqa: S102 - the one place the version is written
    assert metadata["Name"] == "upbit-websocket-v6"
    assert metadata["Version"] == version["__version__"]
    assert f"-{metadata['Version']}-py3-none-any.whl" in distributions.wheel.name
    assert metadata["Requires-Python"] == ">=3.11"
    assert "Typing :: Typed" in metadata.get_all("Classifier")
    assert metadata["Description-Content-Type"] == "text/markdown"
    assert metadata["Summary"]
    assert metadata["Maintainer"]
    assert len(metadata["Keywords"].split(",")) >= 5
    urls = dict(line.split(", ") for line in metadata.get_all("Project-URL"))
    assert set(urls) == {"Homepage", "Documentation", "Source", "Issues", "Changelog"}
    assert all(url.startswith("https://") for url in urls.values())

"""The types that users see, as mypy and pyright infer them from the installed package."""

from __future__ import annotations

import importlib.util
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import redtrio

CASES = sorted(Path(__file__).with_name("typing").glob("*.py"))
PACKAGE_PARENT = Path(redtrio.__file__).parent.parent


def check(*command: str) -> None:
    if importlib.util.find_spec(command[0]) is None:
        pytest.skip(f"{command[0]} is not installed")
    ended = subprocess.run(
        [sys.executable, "-m", *command],
        # Where the package under test is found first, installed or not.
        cwd=PACKAGE_PARENT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_mypy_infers_the_pinned_types(case: Path, tmp_path: Path) -> None:
    options = ["--strict", "--config-file", "", "--cache-dir", str(tmp_path)]
    check("mypy", *options, "--ignore-missing-imports", str(case))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_pyright_infers_the_pinned_types(case: Path, tmp_path: Path) -> None:
    settings = {
        "extraPaths": [str(PACKAGE_PARENT)],
        # An ignore that is not needed is an error, and mypy's own do not count.
        "enableTypeIgnoreComments": False,
        "reportUnnecessaryTypeIgnoreComment": "error",
        "reportMissingModuleSource": "none",
    }
    (tmp_path / "pyrightconfig.json").write_text(json.dumps(settings))
    shutil.copy(case, tmp_path)  # the project's own settings must not count either
    check("pyright", "--pythonpath", sys.executable, "--project", str(tmp_path))

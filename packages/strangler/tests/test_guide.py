"""The guide does what it says, step by step, and the reference says what the docstrings say."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from support import reference
from support.server import free_port

DOCS = Path(__file__).parents[1] / "docs"
GUIDE = (DOCS / "guide.md").read_text("utf-8")
BLOCK = re.compile(r"^(?:`(?P<name>[\w.]+)`:\n\n)?```(?P<kind>python|console)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
MARK = "--- step"


def steps() -> list[tuple[str, str]]:
    """What the guide lets be written (file, text) and typed ("", commands with their output)."""
    return [(match["name"] or "", match["text"]) for match in BLOCK.finditer(GUIDE)]


def commands(text: str) -> list[tuple[str, str]]:
    """Each command of a block with its output."""
    found = re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", text, re.MULTILINE)
    return [(command, output) for command, output in found if not command.startswith("pip install")]


def played(folder: Path) -> list[tuple[str, str, str]]:
    """Every command, what the guide shows, and what came."""
    lines = [f"exec 2>&1; cd {folder}"]
    expected: list[tuple[str, str]] = []
    for number, (name, text) in enumerate(steps()):
        if name:
            (folder / f"{number}.text").write_text(text)
            lines.append(f"cp {number}.text {name}")
            continue
        for command, output in commands(text):
            lines += [f"echo '{MARK}'", command]
            expected.append((command, output))
    script = "\n".join([*lines, "kill %1; wait"]).replace("8000", str(free_port()))
    environ = {key: value for key, value in os.environ.items() if not key.startswith("ARGUS")}
    environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environ['PATH']}"
    environ["PYTHONPATH"] = os.pathsep.join([str(DOCS.parent), str(folder)])
    environ["TMPDIR"] = str(folder)
    with subprocess.Popen(["bash", "-c", script], env=environ, stdout=subprocess.PIPE, text=True, start_new_session=True) as shell:
        try:
            told, _ = shell.communicate(timeout=110)
        finally:
            if shell.poll() is None:
                os.killpg(shell.pid, signal.SIGKILL)
    came = told.split(f"{MARK}\n")[1:]
    return [(*each, output) for each, output in zip(expected, came, strict=True)]


def test_the_guide_takes_a_newcomer_to_a_moved_route_and_back(tmp_path: Path) -> None:
    for command, shown, came in played(tmp_path):
        assert not re.search("Traceback|Error: ", came), f"$ {command}\n{came}"
        pattern = re.escape(shown.strip()).replace("…", ".*") if shown.strip() else ".*"
        assert re.fullmatch(pattern, came.replace("\r", "").strip(), re.DOTALL), f"$ {command}\n{came}\ninstead of\n{shown}"


def test_the_guide_moves_and_brings_back() -> None:
    typed = [command for name, text in steps() if not name for command, _ in commands(text)]
    assert any("--owner fastapi" in command for command in typed)
    assert any(" rollback " in command for command in typed)
    assert len(typed) > 12


@pytest.mark.parametrize("page", sorted(DOCS.glob("*.md")), ids=lambda page: page.name)
def test_a_page_leads_to_pages_that_there_are(page: Path) -> None:
    for target in re.findall(r"\]\((?!https?:)([^)\s]+)\)", page.read_text("utf-8")):
        file, _, anchor = target.partition("#")
        led = page.parent / file if file else page
        assert led.exists(), target
        if anchor:
            titles = re.findall(r"^#+ (.*)$", led.read_text("utf-8"), re.MULTILINE)
            assert anchor in {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}, target


def test_the_reference_says_what_the_docstrings_say() -> None:
    assert reference.FILE.read_text("utf-8") == reference.text(), "python -m support.reference writes it anew"

"""What CONTRIBUTING.md sends a newcomer to is there, and each of its five tasks needs three files at most."""

from __future__ import annotations

import re

import pytest

from argus.features.tracker.planning.payloads import PLAIN, CreatePlanPayload, PlanDiffPayload, plain
from argus.models.plan import ArgusReleasePlan
from tests.docs.markdown import ROOT

PAGE = (ROOT / "CONTRIBUTING.md").read_text()
STEP = re.compile(r"^\d+\. `([^`]+)`(.*?)(?=^\d+\. |^#|^$)", re.DOTALL | re.MULTILINE)


def sections(mark: str, text: str) -> dict[str, str]:
    """Heading → what stands below it, up to the next heading of that rank."""
    parts = re.split(rf"^{mark} (.+)$", text, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


TASKS = sections("###", sections("##", PAGE)["Five tasks"])
HOW_TO = {title: text for title, text in sections("##", PAGE).items() if title.startswith("Add a ")}


def test_the_five_tasks_are_there() -> None:
    assert len(TASKS) == 5
    assert {"Add a route", "Add a run type", "Add a table", "Add a setting", "Add a screen"} <= set(HOW_TO)


@pytest.mark.parametrize("task", TASKS)
def test_a_task_needs_three_files_at_most_and_each_has_what_is_named(task: str) -> None:
    steps = STEP.findall(TASKS[task])
    assert 1 <= len({file for file, _ in steps}) <= 3
    for file, told in steps:
        text = (ROOT / file).read_text()
        assert [name for name in re.findall(r"`([^`]+)`", told) if name not in text] == [], file


@pytest.mark.parametrize("title", HOW_TO)
def test_files_of_the_guides_are_there(title: str) -> None:
    named = set(re.findall(r"`((?:argus|docs|tests|packages)/[^`]*|[\w.]+\.yaml)`", HOW_TO[title]))
    assert named
    samples = {path: path.replace("<feature>", "teams").replace("<type>", "sct") for path in named}
    absent = {path for path, sample in samples.items() if not (ROOT / sample).exists()}
    assert absent <= {"argus/plugins/<type>/service.py"}


def test_a_plain_field_of_a_plan_needs_nothing_in_the_services() -> None:
    """What `PLAIN` names goes from either body into the plan; so a new field of that kind is a line there, and no change of a service."""
    assert set(PLAIN) <= set(ArgusReleasePlan.model_fields)
    assert set(PLAIN) <= {*PlanDiffPayload.__dataclass_fields__}
    change = PlanDiffPayload(id="x", name="n", description="", target_version=None, completed=False)
    assert plain(change) == {"name": "n", "description": "", "completed": False}
    made = CreatePlanPayload(
        name="n", description="d", owner="", participants=[], target_version="1", release_id="", tests=[], groups=[], assignments={}
    )
    assert plain(made) == {"name": "n", "description": "d", "target_version": "1"}

"""How the modules of the kit hang together."""

from __future__ import annotations

import subprocess
import sys
from graphlib import CycleError, TopologicalSorter

import grimp
import pytest

import strangler


def test_no_module_imports_itself_in_a_circle_not_even_for_types() -> None:
    graph = grimp.build_graph("strangler", exclude_type_checking_imports=False, cache_dir=None)
    imports = {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}
    try:
        tuple(TopologicalSorter(imports).static_order())
    except CycleError as error:
        pytest.fail(" → ".join(error.args[1]))


def test_it_can_be_used_without_flask() -> None:
    script = (
        "import sys; sys.modules['flask'] = None\n"
        "import pkgutil, importlib, strangler\n"
        "from fastapi import FastAPI\n"
        "from strangler import Gateway, parse\n"
        "app = FastAPI(); app.get('/x')(lambda: 'x')\n"
        "text = 'version: 1\\nblueprints: {a: {owner: fastapi, routes: [{path: /x, methods: [GET]}]}}\\nunlisted: fastapi\\n'\n"
        "assert Gateway(app, None, parse(text)).table.lookup('GET', '/x')\n"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr


@pytest.mark.parametrize("name", strangler.__all__)
def test_every_public_name_is_there_and_told(name: str) -> None:
    found = getattr(strangler, name)
    assert getattr(found, "__doc__", None), f"{name} has no docstring"

"""Modules that were moved, under the names they had, for scripts that still say these. They go with version 0.3.

Both names lead to the same module: there is one of each class and one of each state, however they are imported.
"""

from __future__ import annotations

import importlib
import sys
import warnings
from collections.abc import Mapping, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType


class OldNames(MetaPathFinder, Loader):
    """Answers each old name, and what is below it, with what bears the new one.

    Args:
        moved: old names of modules and their new ones.
    """

    def __init__(self, moved: Mapping[str, str]) -> None:
        self._moved = moved

    def install(self) -> None:
        """From now on; before the other finders, who would load what is below an old name a second time."""
        sys.meta_path.insert(0, self)

    def find_spec(self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        return ModuleSpec(fullname, self) if self._new_name(fullname) else None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        new = self._new_name(spec.name)
        if spec.name in self._moved:
            warnings.warn(f"{spec.name} is called {new} now; the old name goes with version 0.3", DeprecationWarning, stacklevel=2)
        module = importlib.import_module(new)
        spec.loader_state = module.__spec__
        return module

    def exec_module(self, module: ModuleType) -> None:
        spec = module.__spec__  # the import system has just put the old name's here
        if spec is not None and isinstance(spec.loader_state, ModuleSpec):
            module.__spec__ = spec.loader_state

    def _new_name(self, name: str) -> str:
        """Empty where the name is none that was moved."""
        old = name
        while old not in self._moved:
            old, _, _ = old.rpartition(".")
            if not old:
                return ""
        return self._moved[old] + name.removeprefix(old)

"""The old name of the package `strangler`, for scripts that still say `argus.gateway`. It goes with version 0.3.

Both names lead to the same modules: there is one `Gateway` class and one current portal, however they are imported.
"""

from __future__ import annotations

import importlib
import sys
import warnings
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

import strangler

warnings.warn("argus.gateway is called strangler now; the old name goes with version 0.3", DeprecationWarning, stacklevel=2)


class _OldNames(MetaPathFinder, Loader):
    """Answers `argus.gateway.x` with the module `strangler.x`."""

    def find_spec(self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        return ModuleSpec(fullname, self) if fullname.startswith(f"{__name__}.") else None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        module = importlib.import_module(strangler.__name__ + spec.name.removeprefix(__name__))
        spec.loader_state = module.__spec__
        return module

    def exec_module(self, module: ModuleType) -> None:
        spec = module.__spec__  # the import system has just put the old name's here
        if spec is not None and isinstance(spec.loader_state, ModuleSpec):
            module.__spec__ = spec.loader_state


__path__ = strangler.__path__  # makes this module a package to the import system
sys.meta_path.insert(0, _OldNames())

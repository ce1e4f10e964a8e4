"""The run types that are served."""

from __future__ import annotations

from argus.models.plugin import PluginRegistry
from argus.plugins.driver_matrix.plugin import PLUGIN as DRIVER_MATRIX
from argus.plugins.generic.plugin import PLUGIN as GENERIC
from argus.plugins.sct.plugin import PLUGIN as SCT
from argus.plugins.sirenada.plugin import PLUGIN as SIRENADA


def plugin_registry() -> PluginRegistry:
    """All of them; searched in the order of `models.plugin.ORDER`."""
    return PluginRegistry(SCT, DRIVER_MATRIX, GENERIC, SIRENADA)

"""The tables and types of the run types that come with Argus: what `argus db` and the store know beside the core's."""

from __future__ import annotations

from argus.plugins.driver_matrix import model as driver_matrix
from argus.plugins.generic import model as generic
from argus.plugins.sct import model as sct
from argus.plugins.sirenada import model as sirenada
from argus.storage.table import Row
from argus.storage.types import Udt

PLUGIN_MODELS: tuple[type[Row], ...] = (*sct.MODELS, *driver_matrix.MODELS, *generic.MODELS, *sirenada.MODELS)
PLUGIN_TYPES: tuple[type[Udt], ...] = (*sct.TYPES, *driver_matrix.TYPES, *generic.TYPES, *sirenada.TYPES)

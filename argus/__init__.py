"""Argus: tracks the runs of long test pipelines."""

from argus.kit.old_names import OldNames

__version__ = "0.1.0"

_FEATURES = (
    "admin auth catalogue client comments files health highlights issues jenkins metrics migration notifications pages planning profile"
    " pytest replay reports results runs schedules security stats teams tunnels users views widgets"
)

OldNames(
    {"argus.gateway": "strangler", **{f"argus.features.{name}": f"argus.features.tracker.{name}" for name in _FEATURES.split()}}
).install()

"""Scripts that import modules by the names they had."""

from __future__ import annotations

import subprocess
import sys

import pytest

ASKED = """
import warnings
with warnings.catch_warnings(record=True) as told:
    warnings.simplefilter("always")
    from argus.gateway.gateway import Gateway
    from argus.gateway import compare, har, portal, reload, shadow
    import argus.gateway.console.app
import strangler.gateway, strangler.console.app, strangler.portal, strangler.har
assert Gateway is strangler.gateway.Gateway
assert portal is strangler.portal and har is strangler.har
assert argus.gateway.console.app is strangler.console.app
assert strangler.portal.__spec__.name == "strangler.portal"
assert [each.category for each in told if "strangler" in str(each.message)] == [DeprecationWarning]
"""
ASKED_OF_FEATURES = """
import warnings
with warnings.catch_warnings(record=True) as told:
    warnings.simplefilter("always")
    from argus.features.jenkins.configuration import parse_xml
    from argus.features.jenkins import cloning
    import argus.features.replay.order
import argus.features.tracker.jenkins.configuration as configuration, argus.features.tracker.replay.order as order
assert parse_xml is configuration.parse_xml
assert argus.features.replay.order is order
assert sum(each.category is DeprecationWarning and "argus.features.tracker.jenkins" in str(each.message) for each in told) == 1
try:
    import argus.features.nothing
except ModuleNotFoundError:
    pass
else:
    raise AssertionError
"""


@pytest.mark.parametrize("asked", [ASKED, ASKED_OF_FEATURES], ids=["kit", "features"])
def test_an_old_name_is_the_same_module_and_says_what_it_is_called_now(asked: str) -> None:
    ran = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr

"""Scripts that import the kit by its old name, `argus.gateway`."""

from __future__ import annotations

import subprocess
import sys

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


def test_an_old_name_is_the_same_module_and_says_what_it_is_called_now() -> None:
    ran = subprocess.run([sys.executable, "-c", ASKED], capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr

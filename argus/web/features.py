"""Every feature's router and blueprint.

A folder of a subject is a feature, or the subject itself is one; its `router.py` is served by FastAPI, its `blueprint.py` by Flask.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import TYPE_CHECKING, Any

import argus.features
import argus.jobs
import argus.plugins

if TYPE_CHECKING:
    from fastapi import APIRouter
    from flask import Blueprint


def _subjects() -> Iterator[ModuleType]:
    for subject in pkgutil.iter_modules(argus.features.__path__):
        yield import_module(f"argus.features.{subject.name}")
    yield argus.plugins
    yield argus.jobs


def _modules(name: str) -> Iterator[Any]:
    for package in _subjects():
        if find_spec(f"{package.__name__}.{name}"):  # a subject of one feature
            yield import_module(f"{package.__name__}.{name}")
        for folder in sorted(pkgutil.iter_modules(package.__path__), key=lambda f: f.name):
            path = f"{package.__name__}.{folder.name}.{name}"
            if folder.ispkg and find_spec(path):
                yield import_module(path)


def routers() -> Iterator[APIRouter]:
    """The FastAPI routers, in the order of their folders' names."""
    for module in _modules("router"):
        yield module.router


def blueprints() -> Iterator[Blueprint]:
    """The Flask blueprints, in the order of their folders' names."""
    for module in _modules("blueprint"):
        yield module.blueprint

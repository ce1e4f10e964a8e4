"""The strangler kit: one ASGI process serves a Flask and a FastAPI application, and a YAML file says which owns each path.

It works for any Flask + FastAPI pair. Names are imported from the module where they live:
`gateway.Gateway`, `registry.load`, `portal.current`, `check.problems`.
"""

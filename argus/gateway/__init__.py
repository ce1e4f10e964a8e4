"""The strangler kit: one ASGI process serves a Flask and a FastAPI application, and a YAML file says which owns each path.

It imports nothing of the rest of Argus and works for any Flask + FastAPI pair. Names are imported from the module where they live:
`gateway.Gateway`, `registry.load`, `portal.current`, `check.problems`.
"""

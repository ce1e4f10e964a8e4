"""Where servers enter: `uvicorn library:app` for both frameworks, any WSGI server with `library:flask_app` for Flask alone."""

from __future__ import annotations

from pathlib import Path

import legacy
import modern

from argus.gateway.gateway import Gateway

flask_app = legacy.create_app()
app = Gateway(modern.create_app(), flask_app, Path(__file__).with_name("registry.yaml"), header_prefix="X-Library-")

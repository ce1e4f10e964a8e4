"""Where servers enter.

uvicorn argus_backend:app            the gateway: both frameworks, one process
uwsgi --ini uwsgi.ini                `flask_app`: the Flask lane alone, the kill switch
"""

import sys
from typing import Any

from argus.kit import logs, memory
from argus.kit.settings import settings_of_process
from argus.web.app import create_gateway

memory.give_back()
_settings = settings_of_process()
logs.configure(_settings.APP_LOG_LEVEL, _settings.log_as_text)
app = create_gateway(_settings)


def _flask_app() -> Any:
    from argus.web.plain import plain

    return plain(app)


def __getattr__(name: str) -> Any:
    """`flask_app`, made when a server asks for it."""
    if name != "flask_app":
        raise AttributeError(name)
    globals()[name] = found = _flask_app()
    return found


if "uwsgi" in sys.modules:  # it looks into the module for the name, and asks nobody
    flask_app = _flask_app()

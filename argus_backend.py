"""Where servers enter.

uvicorn argus_backend:app            the gateway: both frameworks, one process
uwsgi --ini uwsgi.ini                `flask_app`: the Flask lane alone, the kill switch
"""

from typing import Any

from argus.kit import logs
from argus.kit.settings import load_settings
from argus.web.app import create_gateway

_settings = load_settings()
logs.configure(_settings.APP_LOG_LEVEL)
app = create_gateway(_settings)


def __getattr__(name: str) -> Any:
    """`flask_app`, made when a server asks for it."""
    if name != "flask_app":
        raise AttributeError(name)
    from argus.web.plain import plain

    globals()[name] = found = plain(app)
    return found

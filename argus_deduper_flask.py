"""The deduper's Flask shell alone, for a WSGI server: `argus_deduper_flask:app`."""

from argus.features.deduper.flask_app import create_wsgi_app
from argus.kit import logs
from argus.kit.settings import load_settings

_settings = load_settings()
logs.configure(_settings.APP_LOG_LEVEL)
app = create_wsgi_app(_settings)

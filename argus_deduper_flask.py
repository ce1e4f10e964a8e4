"""The deduper's Flask shell alone, for a WSGI server: `argus_deduper_flask:app`."""

from argus.kit import logs
from argus.kit.settings import settings_of_process
from argus.web.deduper.flask_app import create_wsgi_app

_settings = settings_of_process()
logs.configure(_settings.APP_LOG_LEVEL, _settings.log_as_text)
app = create_wsgi_app(_settings)

"""The deduper alone: `uvicorn argus_deduper:app`."""

from argus.kit import logs
from argus.kit.settings import settings_of_process
from argus.web.deduper.app import create_app

_settings = settings_of_process()
logs.configure(_settings.APP_LOG_LEVEL, _settings.log_as_text)
app = create_app(_settings)

"""The deduper alone: `uvicorn argus_deduper:app`."""

from argus.features.deduper.app import create_app
from argus.kit import logs
from argus.kit.settings import load_settings

_settings = load_settings()
logs.configure(_settings.APP_LOG_LEVEL)
app = create_app(_settings)

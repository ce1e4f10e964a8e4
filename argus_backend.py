"""Where servers enter.

uvicorn argus_backend:app            the gateway: both frameworks, one process
uwsgi --ini uwsgi.ini                `flask_app`: the Flask lane alone, the kill switch
"""

from argus.kit import logs
from argus.kit.settings import load_settings
from argus.web.app import create_gateway
from argus.web.hosts import only_hosts
from argus.web.plain import plain

_settings = load_settings()
logs.configure(_settings.APP_LOG_LEVEL)
app = create_gateway(_settings)
flask_app = only_hosts(plain(app), _settings.ALLOWED_HOSTS)

"""Where servers enter.

uvicorn argus_backend:app            the gateway: both frameworks, one process
uwsgi --ini uwsgi.ini                `flask_app`: the Flask lane alone, the kill switch
"""

from argus.kit.settings import load_settings
from argus.web.app import create_gateway

app = create_gateway(load_settings())
flask_app = app.flask_app

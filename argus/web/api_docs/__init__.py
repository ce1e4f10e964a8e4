"""`/docs` and `/redoc`: the API's document for people.

Swagger UI and ReDoc come from this folder, at the versions below, and from nowhere else.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from pathlib import Path

from argus.kit.answer import HTML, Answer

FILES = Path(__file__).parent / "files"
MOUNT = "/docs/files"

POLICY = (
    "default-src 'none'; script-src 'self' 'nonce-{nonce}'; worker-src blob:; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "font-src 'self' data:; connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'self'"
)
"""ReDoc searches in a worker that it makes of a blob, and both write styles into the page."""


@dataclass(frozen=True, slots=True)
class Vendored:
    """A file of a published package, as it was published."""

    name: str
    package: str
    version: str
    integrity: str

    @property
    def attributes(self) -> str:
        return f'integrity="{self.integrity}" crossorigin="anonymous"'


SWAGGER_SCRIPT = Vendored(
    "swagger-ui-bundle.js", "swagger-ui-dist", "5.35.0", "sha384-gjRm0bEPMeTmMh5jT2cHccIwCUZSTd8YC+j0d0sXw0MdGEfScduGpSyF3ZSSLkX9"
)
SWAGGER_STYLE = Vendored(
    "swagger-ui.css", "swagger-ui-dist", "5.35.0", "sha384-WlYgdmXYOOBWL5apwjDEZwN+U3HmXSSu5R6V5aGxEcf7z+KuRNwBhoxKVN1i3D5I"
)
REDOC_SCRIPT = Vendored("redoc.standalone.js", "redoc", "2.5.4", "sha384-w447zOpYfw/1Tv/5AK9NfHTlQIqE3RVR6KY62jCyy9zNDgO64cMwGGP1Fj0zJVf5")
VENDORED = (SWAGGER_SCRIPT, SWAGGER_STYLE, REDOC_SCRIPT)

_HEAD = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Argus: API</title>
<link rel="icon" href="./s/argus.png">
"""
_SWAGGER = f"""{_HEAD}<link rel="stylesheet" href=".{MOUNT}/{SWAGGER_STYLE.name}" {SWAGGER_STYLE.attributes}>
</head>
<body>
<div id="swagger-ui"></div>
<script src=".{MOUNT}/{SWAGGER_SCRIPT.name}" {SWAGGER_SCRIPT.attributes}></script>
<script nonce="{{nonce}}">
SwaggerUIBundle({{{{
  url: "./openapi.json", dom_id: "#swagger-ui", deepLinking: true, validatorUrl: null, presets: [SwaggerUIBundle.presets.apis]
}}}});
</script>
</body>
</html>
"""
_REDOC = f"""{_HEAD}</head>
<body>
<redoc spec-url="./openapi.json"></redoc>
<script src=".{MOUNT}/{REDOC_SCRIPT.name}" {REDOC_SCRIPT.attributes}></script>
</body>
</html>
"""


async def swagger_page() -> Answer:
    return _page(_SWAGGER)


async def redoc_page() -> Answer:
    return _page(_REDOC)


def _page(text: str) -> Answer:
    nonce = secrets.token_urlsafe(16)
    return Answer(text.format(nonce=nonce).encode(), 200, HTML, (("Content-Security-Policy", POLICY.format(nonce=nonce)),))

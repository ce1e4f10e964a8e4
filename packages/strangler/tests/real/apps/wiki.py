"""A wiki of MoinMoin, whose paths have a converter of its own, and in FastAPI the twin of the page that edits an item."""

import logging
import os
import sys
from pathlib import Path

FOLDER = Path(os.environ["KIT_FOLDER"])
INSTANCE = FOLDER / "wiki"
os.chdir(INSTANCE)  # where it looks for its configuration
sys.path.insert(0, str(INSTANCE))

from fastapi import FastAPI, Response  # noqa: E402
from moin.app import create_app  # noqa: E402

from strangler import Gateway  # noqa: E402
from strangler.flask_context import InFlask  # noqa: E402

flask_app = create_app()
logging.getLogger("uvicorn.error").disabled = False  # the wiki sets up logging for itself alone
fastapi_app = FastAPI()


@fastapi_app.api_route("/+modify/{item_name:path}", methods=["GET", "POST"])
async def modify_item(item_name: str, flask: InFlask) -> Response:
    return await flask.answer(flask_app.view_functions["frontend.modify_item"], item_name=item_name)


def __getattr__(name: str):
    if name == "app":
        return Gateway(fastapi_app, flask_app, FOLDER / "registry.yaml")
    raise AttributeError(name)

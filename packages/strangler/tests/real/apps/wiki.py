"""A wiki of MoinMoin, whose paths have a converter of its own, and in FastAPI the twin of the page that edits an item."""

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
fastapi_app = FastAPI()


@fastapi_app.api_route("/+modify/{item_name:path}", methods=["GET", "POST"])
async def modify_item(item_name: str, flask: InFlask) -> Response:
    view = flask_app.view_functions["frontend.modify_item"]
    made = await flask.run(lambda: flask_app.make_response(view(item_name=item_name)))
    headers = {name: value for name, value in made.headers if name.lower() != "content-length"}
    return Response(made.get_data(), made.status_code, headers)


def __getattr__(name: str):
    if name == "app":
        return Gateway(fastapi_app, flask_app, FOLDER / "registry.yaml")
    raise AttributeError(name)

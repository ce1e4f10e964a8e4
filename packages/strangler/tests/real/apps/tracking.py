"""MLflow's tracking server, and in FastAPI the twins of three of its operations: one reads, one writes, one does neither."""

import os
from pathlib import Path

FOLDER = Path(os.environ["KIT_FOLDER"])
os.environ["_MLFLOW_SERVER_FILE_STORE"] = f"sqlite:///{FOLDER}/mlflow.sqlite"
os.environ["_MLFLOW_SERVER_ARTIFACT_ROOT"] = "mlflow-artifacts:/"
os.environ["_MLFLOW_SERVER_ARTIFACT_DESTINATION"] = str(FOLDER / "artifacts")
os.environ["_MLFLOW_SERVER_SERVE_ARTIFACTS"] = "true"
os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"

from fastapi import FastAPI, Response  # noqa: E402
from mlflow.server import app as flask_app  # noqa: E402

from strangler import Gateway  # noqa: E402
from strangler.flask_context import InFlask  # noqa: E402

MOVED = {
    "/health": "GET",
    "/api/2.0/mlflow/experiments/get-by-name": "GET",
    "/api/2.0/mlflow/runs/log-metric": "POST",
}

fastapi_app = FastAPI()


def twin(path: str):
    """A FastAPI operation that does what Flask's view of the path does."""
    rule = next(rule for rule in flask_app.url_map.iter_rules() if rule.rule == path and MOVED[path] in rule.methods)
    view = flask_app.view_functions[rule.endpoint]

    async def operation(flask: InFlask) -> Response:
        return await flask.answer(view)

    return operation


for path, method in MOVED.items():
    fastapi_app.add_api_route(path, twin(path), methods=[method], response_class=Response)


def __getattr__(name: str):
    if name == "app":
        return Gateway(fastapi_app, flask_app, FOLDER / "registry.yaml")
    raise AttributeError(name)

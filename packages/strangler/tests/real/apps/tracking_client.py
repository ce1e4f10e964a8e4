"""What people do with MLflow's own client, told without what differs from run to run: `python -m tracking_client URL NAME [SECONDS]`.

With seconds it logs for that long, and tells how many metrics it logged and how many the server has.
"""

import json
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import mlflow
from mlflow.entities import Metric, Param
from mlflow.exceptions import MlflowException
from mlflow.tracking import MlflowClient


def told(call, *arguments):
    """What a call gives, or the code of its error."""
    try:
        return call(*arguments)
    except MlflowException as error:
        return error.error_code


def visit(client: MlflowClient, name: str) -> list[object]:
    experiment = client.create_experiment(name, tags={"team": "ä"})
    seen: list[object] = [
        told(client.create_experiment, name),
        client.get_experiment_by_name(name).tags,
        client.get_experiment_by_name("none"),
    ]
    runs = [client.create_run(experiment, run_name=f"run {number}").info.run_id for number in range(3)]
    for number, run in enumerate(runs):
        client.log_param(run, "depth", number)
        for step in range(5):
            client.log_metric(run, "loss", 1 / (step + number + 1), timestamp=1000 + step, step=step)
        client.log_batch(run, metrics=[Metric("score", number, 2000, 0)], params=[Param("kind", "x" * 400)])
    seen += [told(client.log_param, runs[0], "depth", 9), told(client.log_metric, "0" * 32, "loss", 1.0)]
    seen.append([(point.value, point.step) for point in client.get_metric_history(runs[1], "loss")])
    with TemporaryDirectory() as folder:
        (Path(folder) / "model.bin").write_bytes(bytes(range(256)) * 4000)
        client.log_artifacts(runs[0], folder, "weights")
        fetched = Path(client.download_artifacts(runs[0], "weights/model.bin", folder)).read_bytes()
        seen.append(
            [fetched == bytes(range(256)) * 4000, [(found.path, found.file_size) for found in client.list_artifacts(runs[0], "weights")]]
        )
    client.set_terminated(runs[0])
    found = client.search_runs([experiment], "metrics.score >= 1", order_by=["metrics.score DESC"])
    seen.append([(run.info.run_name, run.info.status, run.data.params, run.data.metrics) for run in found])
    client.create_registered_model(f"model of {name}")
    version = client.create_model_version(f"model of {name}", f"runs:/{runs[0]}/weights", runs[0])
    client.set_registered_model_alias(f"model of {name}", "best", version.version)
    seen += [client.get_model_version_by_alias(f"model of {name}", "best").version, told(client.get_run, "0" * 32)]
    client.delete_run(runs[2])
    return [*seen, len(client.search_runs([experiment])), len(mlflow.search_experiments(filter_string=f"name = '{name}'"))]


def log(client: MlflowClient, name: str, seconds: float) -> list[int]:
    run = client.create_run(client.create_experiment(name)).info.run_id
    end, number = time.monotonic() + seconds, 0
    while time.monotonic() < end:
        client.log_metric(run, "n", number, timestamp=number, step=number)
        assert client.get_experiment_by_name(name) is not None
        number += 1
    return [number, len(client.get_metric_history(run, "n"))]


if __name__ == "__main__":
    url, name, *seconds = sys.argv[1:]
    mlflow.set_tracking_uri(url)
    client = MlflowClient(url)
    print(json.dumps(log(client, name, float(seconds[0])) if seconds else visit(client, name)))

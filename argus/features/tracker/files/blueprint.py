"""Artefacts, pictures and the Zeus relay, served by Flask."""

from __future__ import annotations

from flask import Blueprint, Response, request

from argus.features.tracker.files import service
from argus.integrations import zeus
from argus.lanes.flask import call, logged_in, ok, send

blueprint = Blueprint("files", __name__)


@blueprint.get("/api/v1/artifact/resolveSize")
@logged_in
def resolve_artifact_size() -> Response:
    return ok(call(service.artifact_size, request.args.get("l")))


@blueprint.get("/api/v1/s3/<string:bucket_name>/<path:bucket_path>")
@logged_in
def s3_generic_proxy(bucket_name: str, bucket_path: str) -> Response:
    return send(call(service.bucket_link, bucket_name, bucket_path))


@blueprint.get("/api/v1/tests/<string:plugin_name>/<string:run_id>/log/<string:log_name>/download")
@blueprint.get("/api/v1/tests/<string:plugin_name>/<string:run_id>/log/<path:log_name>/download")
@logged_in
def download_log(plugin_name: str, run_id: str, log_name: str) -> Response:
    return send(call(service.log_link, plugin_name, run_id, log_name))


@blueprint.get("/api/v1/tests/<string:plugin_name>/<string:run_id>/screenshot/<string:image_name>")
@logged_in
def proxy_screenshot(plugin_name: str, run_id: str, image_name: str) -> Response:
    return send(call(service.screenshot_link, plugin_name, run_id, image_name))


@blueprint.get("/api/v1/testrun/<path:filename>")
def missing_file(filename: str) -> Response:
    return send(call(service.accidental_static, filename))


@blueprint.get("/storage/picture/<string:picture_id>")
@logged_in
def get_picture(picture_id: str) -> Response:
    return send(call(service.picture, picture_id))


@blueprint.route("/api/v1/zeus/<path:endpoint>", methods=["GET", "POST", "PUT", "DELETE"])
@logged_in
def zeus_proxy(endpoint: str) -> Response:
    query = request.query_string.decode("latin-1")
    headers = list(request.headers.items())
    return send(call(zeus.relay, request.method, endpoint, query, headers, request.get_data(), request.remote_addr))

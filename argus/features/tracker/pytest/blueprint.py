"""Pytest results, served by Flask (docs/contract/client.md#pytest-results; docs/contract/views.md#pytest-statistics)."""

from __future__ import annotations

from flask import Blueprint, Response, request

from argus.features.tracker.pytest import search, service
from argus.kit.parse import uuid_of
from argus.lanes.flask import call, json_body, logged_in, ok, send
from argus.lanes.together import together

blueprint = Blueprint("pytest", __name__, url_prefix="/api/v1")


def _wanted() -> search.Search:
    args = request.args
    return search.search_of(
        args.get("test"),
        args.get("limit"),
        args.get("before"),
        args.get("after"),
        args.getlist("status[]"),
        args.getlist("markers[]"),
        args.get("query"),
        args.getlist("filters[]"),
    )


@blueprint.post("/client/testrun/pytest/result/submit")
@logged_in
def submit_pytest_result() -> Response:
    return ok(call(service.submit, json_body()))


@blueprint.get("/client/testrun/pytest/<string:test_name>/stats/<string:field_name>/<string:aggr_function>")
@blueprint.get("/client/testrun/pytest/<path:test_name>/stats/<string:field_name>/<string:aggr_function>")
@blueprint.get("/pytest/<string:test_name>/stats/<string:field_name>/<string:aggr_function>")
@blueprint.get("/pytest/<path:test_name>/stats/<string:field_name>/<string:aggr_function>")
@logged_in
def get_pytest_test_field_stats(test_name: str, field_name: str, aggr_function: str) -> Response:
    args = request.args
    return send(call(together, service.statistics, test_name, field_name, aggr_function, args.get("status"), args.get("since")))


@blueprint.get("/pytest/<string:test_name>/results")
@blueprint.get("/pytest/<path:test_name>/results")
@logged_in
def get_pytest_test_results(test_name: str) -> Response:
    return send(call(together, service.results_of_test, test_name, request.args.get("before"), request.args.get("after")))


@blueprint.get("/run/<string:run_id>/pytest/results")
@logged_in
def get_testrun_pytest_results(run_id: str) -> Response:
    return send(call(together, service.results_of_run, run_id))


@blueprint.get("/release/<string:release_id>/pytest/results")
@logged_in
def release_pytest_results(release_id: str) -> Response:
    return send(call(together, service.results_of_release, release_id))


@blueprint.get("/views/widgets/pytest/view")
@logged_in
def get_versioned_runs() -> Response:
    return ok(0)


@blueprint.get("/views/widgets/pytest/results")
@logged_in
def get_pytest_results() -> Response:
    return ok(call(search.find, _wanted()))


@blueprint.get("/views/widgets/pytest/release/<string:release_id>/results")
@logged_in
def get_release_pytest_results(release_id: str) -> Response:
    uuid_of(release_id)
    return ok(call(search.find, _wanted()))


@blueprint.get("/views/widgets/pytest/view/<string:view_id>/results")
@logged_in
def get_view_pytest_results(view_id: str) -> Response:
    return ok(call(search.find, _wanted()))


@blueprint.get("/views/widgets/pytest/<path:test_name>/<string:id>/fields")
@logged_in
def get_user_fields_for_test(test_name: str, id: str) -> Response:
    return ok(call(service.user_fields, test_name, id))

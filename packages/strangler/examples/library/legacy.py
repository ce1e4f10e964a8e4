"""The Flask application, as it was before the move; its views now call the service through the portal."""

from __future__ import annotations

from collections.abc import Iterator

import service
from flask import Blueprint, Flask, Response, jsonify, request

from strangler import portal

books = Blueprint("books", __name__, url_prefix="/books")
reports = Blueprint("reports", __name__, url_prefix="/reports")


@books.get("/")
def index() -> Response:
    return jsonify(portal.current().call(service.books))


@books.get("/<int:number>")
def show(number: int) -> Response:
    return jsonify(portal.current().call(service.book, number))


@books.post("/<int:number>/reader")
def lend(number: int) -> Response:
    return jsonify(portal.current().call(service.lend, number, request.get_json()["reader"]))


@reports.get("/books.csv")
def as_csv() -> Response:
    def lines() -> Iterator[str]:
        yield "number,title,reader\n"
        for book in found:
            yield f"{book['number']},{book['title']},{book['reader'] or ''}\n"

    found = portal.current().call(service.books)
    return Response(lines(), mimetype="text/csv")


def create_app() -> Flask:
    """The application: also what plain WSGI servers run, should the gateway have to go."""
    app = Flask(__name__, static_folder=None)
    app.register_blueprint(books)
    app.register_blueprint(reports)

    @app.errorhandler(KeyError)
    def missing(error: KeyError) -> tuple[Response, int]:
        return jsonify(error="there is no such book"), 404

    @app.errorhandler(service.Lent)
    def lent(error: service.Lent) -> tuple[Response, int]:
        return jsonify(error=str(error)), 409

    return app

"""An application that knows the kit from outside: its Flask half, its FastAPI half, and the gateway that serves them."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

from fastapi import APIRouter, FastAPI
from flask import Blueprint, Flask, g, jsonify

from strangler.gateway import Gateway

flask_app = Flask("shop")
orders = Blueprint("orders", "orders", url_prefix="/orders")


def login_required(view: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(view)
    def guarded(*values: Any, **named: Any) -> Any:
        return view(*values, **named)

    return guarded


@flask_app.before_request
def load_user() -> None:
    g.user = "ann"


@flask_app.errorhandler(404)
def missing(error: Exception) -> tuple[str, int]:
    return "nothing here", 404


@orders.after_request
def private(response: Any) -> Any:
    response.headers["Cache-Control"] = "private"
    return response


@orders.get("/")
@login_required
def all_orders() -> Any:
    return jsonify(["one", "two"])


@orders.get("/<int:number>")
def order(number: int) -> Any:
    return jsonify(number=number)


@flask_app.get("/status")
def status() -> str:
    return "fine"


flask_app.register_blueprint(orders)

router = APIRouter(prefix="/orders")


@router.get("/")
async def all_orders_again() -> list[str]:
    return ["one", "two"]


@router.get("/{number:int}")
async def order_again(number: int) -> dict[str, int]:
    return {"number": number}


fastapi_app = FastAPI()
fastapi_app.include_router(router)


def __getattr__(name: str) -> Any:
    """The gateway is made when it is asked for: there may be no registry yet."""
    if name == "app":
        return Gateway(fastapi_app, flask_app, Path(os.environ["SHOP_REGISTRY"]))
    raise AttributeError(name)

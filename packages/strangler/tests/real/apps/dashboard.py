"""A dashboard of Plotly Dash, and one more route beside it."""

import os
from pathlib import Path

from dash import Dash, Input, Output, dcc, html
from fastapi import FastAPI
from fastapi.responses import PlainTextResponse
from flask import Flask

from strangler import Gateway

flask_app = Flask("dashboard")
board = Dash("dashboard", server=flask_app)
board.layout = html.Div([dcc.Input(id="in", value="a"), html.Div(id="out")])


@board.callback(Output("out", "children"), Input("in", "value"))
def shout(value):
    return value.upper()


@flask_app.get("/alive")
def alive():
    return "yes", 200, {"Content-Type": "text/plain; charset=utf-8"}


fastapi_app = FastAPI()


@fastapi_app.get("/alive")
async def alive_again() -> PlainTextResponse:
    return PlainTextResponse("yes")


def __getattr__(name: str):
    if name == "app":
        return Gateway(fastapi_app, flask_app, Path(os.environ["KIT_FOLDER"]) / "registry.yaml")
    raise AttributeError(name)

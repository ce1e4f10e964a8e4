"""Tunnels, served by Flask (docs/contract/tunnels.md)."""

from __future__ import annotations

from flask import Blueprint, Response, request

from argus.features.tracker.tunnels import keys, proxies
from argus.lanes.flask import admin, call, json_body, logged_in, ok, send, tunnel_server, user

blueprint = Blueprint("tunnels", __name__)

CLIENT = "/api/v1/client/ssh"
ADMIN = "/admin/api/v1"


@blueprint.post(f"{CLIENT}/tunnel")
@logged_in
def register_tunnel() -> Response:
    return ok(call(keys.register, user(), request.content_type, request.get_data()))


@blueprint.get(f"{CLIENT}/tunnel")
@logged_in
def get_tunnel_connection() -> Response:
    return ok(call(keys.connection, user(), request.args.get("proxy_host")))


@blueprint.get(f"{CLIENT}/tunnel/keys")
@logged_in
def get_user_keys() -> Response:
    return ok(call(keys.of_user, user(), request.args.get("tunnel_id")))


@blueprint.get(f"{CLIENT}/keys")
@tunnel_server
def get_authorized_keys() -> Response:
    return send(call(keys.authorized, request.args.get("fingerprint")))


@blueprint.get(f"{ADMIN}/proxy-tunnel/config")
@admin
def get_proxy_tunnel_config() -> Response:
    return ok(call(proxies.shown, request.args.get("tunnel_id")))


@blueprint.get(f"{ADMIN}/proxy-tunnel/configs")
@admin
def list_proxy_tunnel_configs() -> Response:
    return ok(call(proxies.listed, request.args.get("active_only")))


@blueprint.post(f"{ADMIN}/proxy-tunnel/config")
@admin
def save_proxy_tunnel_config() -> Response:
    return ok(call(proxies.create, json_body()))


@blueprint.delete(f"{ADMIN}/proxy-tunnel/config/<string:tunnel_id>")
@admin
def delete_proxy_tunnel_config(tunnel_id: str) -> Response:
    return ok(call(proxies.remove, tunnel_id, request.content_type, request.get_data()))


@blueprint.post(f"{ADMIN}/proxy-tunnel/config/<string:tunnel_id>/active")
@admin
def set_proxy_tunnel_config_active(tunnel_id: str) -> Response:
    return ok(call(proxies.set_active, tunnel_id, json_body()))


@blueprint.get(f"{ADMIN}/ssh/keys")
@admin
def list_ssh_keys() -> Response:
    return ok(call(keys.every))


@blueprint.delete(f"{ADMIN}/ssh/keys/<string:key_id>")
@admin
def delete_ssh_key(key_id: str) -> Response:
    return ok(call(keys.revoke, key_id))

"""Proxies are registered by administrators; clients bring keys; proxies ask for them, on both lanes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from argus.features.tracker.tunnels import proxies
from argus.features.tracker.tunnels.public_keys import fingerprint_of
from argus.models.tunnel import ProxyTunnelConfig, SSHTunnelKey
from argus.models.user import User
from argus.runtime import Runtime
from argus.storage.statements import delete, insert, select
from tests.features.tracker.making import ADMIN, answered, refused
from tests.serving import Server

pytestmark = pytest.mark.anyio

CLIENT = "/api/v1/client/ssh"
CONFIG = f"{ADMIN}/proxy-tunnel/config"
ENDPOINT = {"port": 22, "proxy_user": "argus-proxy", "target_host": "10.0.0.1", "target_port": 8080}


def new_key() -> str:
    return Ed25519PrivateKey.generate().public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()


@pytest.fixture
async def empty(server: Server) -> AsyncIterator[None]:
    """No proxy is registered, before and after."""

    async def clear() -> None:
        for config in await server.store.all(select(ProxyTunnelConfig)):
            await server.store.write(delete(ProxyTunnelConfig).where(id=config.id))

    await clear()
    yield
    await clear()


@pytest.fixture
def scanned(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every host shows a key."""

    async def shown(runtime: Runtime, host: str, port: int) -> str:
        return f"{host} ssh-ed25519 AAAA"

    monkeypatch.setattr(proxies, "host_key_of", shown)


async def proxy(client: httpx.AsyncClient, host: str | None = None, **values: Any) -> dict[str, Any]:
    host = host or f"proxy-{uuid4().hex[:8]}"
    return dict(await answered(client.post(CONFIG, json={"host": host, **ENDPOINT, **values})))


async def test_the_order_of_proxies_is_that_of_the_contract(server: Server, empty: None) -> None:
    for digit in "123":
        await server.store.save(ProxyTunnelConfig(id=UUID(digit * 32), host="h"))
    await server.store.save(ProxyTunnelConfig(id=uuid4(), host="h", is_active=False))
    found = await proxies.active_for(server.runtime, UUID(int=1))
    assert [str(config.id)[0] for config in found] == ["2", "1", "3"]


@pytest.mark.usefixtures("empty", "scanned")
class TestProxies:
    async def test_a_proxy_gets_an_account_that_may_only_ask_for_keys(self, server: Server, client: httpx.AsyncClient) -> None:
        made = await proxy(client)
        assert made["host_key_fingerprint"] == f"{made['host']} ssh-ed25519 AAAA"
        user = await server.store.get(User, id=UUID(made["service_user_id"]))
        assert (user.username, user.roles, user.service_user) == (f"proxy-tunnel-{made['host']}", ["ROLE_SSH_TUNNEL_SERVER"], True)
        assert user.email == f"{user.username}@argus.internal"
        async with server.client(None, Authorization=f"token {made['api_token']}") as account:
            assert (await account.get(f"{CLIENT}/keys", params={"fingerprint": "SHA256:" + "A" * 43})).status_code == 200
            assert (await account.get("/api/v1/releases")).status_code == 403

    async def test_proxies_of_one_host_share_the_account(self, client: httpx.AsyncClient) -> None:
        first, *others = await asyncio.gather(*(proxy(client, "shared.example.com") for _ in range(4)))
        assert {(other["service_user_id"], other["api_token"]) for other in others} == {(first["service_user_id"], first["api_token"])}

    async def test_a_name_of_somebody_else_is_not_taken(self, server: Server, client: httpx.AsyncClient) -> None:
        host = f"h-{uuid4().hex[:8]}"
        await server.store.save(User(username=f"proxy-tunnel-{host}", roles=["ROLE_USER"]))
        exception, arguments = await refused(client.post(CONFIG, json={"host": host, **ENDPOINT}))
        assert exception == "TunnelServiceException"
        assert arguments == [f"User 'proxy-tunnel-{host}' already exists and is not a dedicated SSH tunnel service user"]
        assert await answered(client.get(f"{CONFIG}s")) == []

    async def test_missing_fields_are_named_in_order(self, client: httpx.AsyncClient) -> None:
        for body in ({"host": "h", "port": 0}, {"host": "h", "target_port": None}):
            assert await refused(client.post(CONFIG, json=body)) == (
                "TunnelServiceException",
                ["Missing required fields: port, proxy_user, target_host, target_port"],
            )

    async def test_lists_are_by_host_and_state(self, client: httpx.AsyncClient) -> None:
        second, first = await proxy(client, "b"), await proxy(client, "a", is_active=False)
        listed = {word: await answered(client.get(f"{CONFIG}s", params={"active_only": word})) for word in (" TRUE ", "false")}
        assert [config["id"] for config in await answered(client.get(f"{CONFIG}s"))] == [first["id"], second["id"]]
        assert [config["id"] for config in listed[" TRUE "]] == [second["id"]]
        assert [config["id"] for config in listed["false"]] == [first["id"]]
        assert (await answered(client.get(CONFIG)))["id"] == second["id"]
        assert await answered(client.get(CONFIG, params={"tunnel_id": first["id"]})) is None
        changed = await answered(client.post(f"{CONFIG}/{first['id']}/active", json={"is_active": True}))
        assert (changed["is_active"], (await answered(client.get(CONFIG)))["id"]) == (True, first["id"])

    async def test_a_deleted_proxy_can_log_in_no_more(self, server: Server, client: httpx.AsyncClient) -> None:
        made = await proxy(client)
        assert await answered(client.delete(f"{CONFIG}/{made['id']}")) == {"deleted": True, "user_deleted": False}
        user = await server.store.get(User, id=UUID(made["service_user_id"]))
        assert (user.api_token, user.roles) == ("", [])
        async with server.client(None, Authorization=f"token {made['api_token']}") as account:
            assert (await refused(account.get(f"{CLIENT}/keys")))[0] == "APIException"

    @pytest.mark.parametrize(
        ("raw", "content_type", "said"),
        [
            (b'{"delete_user": true}', "application/json", True),
            (b'{"delete_user": "false"}', "application/json", True),
            (b'{"delete_user": false}', "application/json", False),
            (b"{broken", "application/json", False),
            (b'{"delete_user": true}', "text/plain", False),
            (b"[1]", "application/json", False),
        ],
    )
    async def test_the_account_goes_when_the_body_says_so(
        self, server: Server, client: httpx.AsyncClient, raw: bytes, content_type: str, said: bool
    ) -> None:
        made = await proxy(client)
        request = client.request("DELETE", f"{CONFIG}/{made['id']}", content=raw, headers={"Content-Type": content_type})
        assert await answered(request) == {"deleted": True, "user_deleted": said}
        assert (await server.store.find(User, id=UUID(made["service_user_id"])) is None) is said

    async def test_an_account_that_another_proxy_uses_stays(self, server: Server, client: httpx.AsyncClient) -> None:
        first, second = await proxy(client, "two.example.com"), await proxy(client, "two.example.com")
        await answered(client.request("DELETE", f"{CONFIG}/{first['id']}", json={"delete_user": True}))
        async with server.client(None, Authorization=f"token {second['api_token']}") as account:
            assert (await account.get(f"{CLIENT}/keys", params={"fingerprint": "SHA256:" + "A" * 43})).status_code == 200


@pytest.mark.usefixtures("empty", "scanned")
class TestKeys:
    async def test_a_registered_key_is_let_in_until_it_is_revoked(self, server: Server, client: httpx.AsyncClient) -> None:
        made, key = await proxy(client), f"{new_key()} bob@laptop"
        async with server.client("bob") as bob, server.client("tunnel") as tunnel:
            registered = await answered(bob.post(f"{CLIENT}/tunnel", json={"public_key": f" {key}\n", "tunnel_id": "ignored"}))
            assert registered["tunnel_id"] == made["id"]
            assert registered["proxies"] == [
                {"tunnel_id": made["id"]}
                | {k: v for k, v in registered.items() if k.startswith(("p", "t", "h")) and k not in ("proxies", "tunnel_id")}
            ]
            lookup = {"fingerprint": f" {fingerprint_of(key)} "}
            found = await tunnel.get(f"{CLIENT}/keys", params=lookup)
            assert (found.text, found.headers["content-type"]) == (key, "text/plain; charset=utf-8")
            assert key in (await tunnel.get(f"{CLIENT}/keys")).text.splitlines()
            (own,) = await answered(bob.get(f"{CLIENT}/tunnel/keys", params={"tunnel_id": made["id"]}))
            assert (own["key_id"], own["fingerprint"]) == (registered["key_id"], fingerprint_of(key))
            assert registered["key_id"] in {shown["key_id"] for shown in await answered(client.get(f"{ADMIN}/ssh/keys"))}
            for _ in range(2):
                assert await answered(client.delete(f"{ADMIN}/ssh/keys/{registered['key_id']}")) == {"deleted": True}
            assert (await tunnel.get(f"{CLIENT}/keys", params=lookup)).text == ""

    async def test_the_same_key_is_registered_once(self, server: Server, client: httpx.AsyncClient) -> None:
        await proxy(client)
        body = {"public_key": new_key()}
        async with server.client("bob") as bob:
            answers = await asyncio.gather(*(answered(bob.post(f"{CLIENT}/tunnel", json=body)) for _ in range(6)))
            again = await answered(bob.post(f"{CLIENT}/tunnel", json={**body, "ttl_seconds": 7200}))
        assert {(answer["key_id"], answer["expires_at"]) for answer in answers} == {(again["key_id"], again["expires_at"])}

    async def test_a_key_goes_when_its_time_is_over(self, server: Server) -> None:
        key = SSHTunnelKey(fingerprint=fingerprint_of(text := new_key()), public_key=text)
        await server.store.write(insert(key, ttl=1))
        async with server.client("tunnel") as tunnel:
            assert (await tunnel.get(f"{CLIENT}/keys", params={"fingerprint": key.fingerprint})).text == text
            await asyncio.sleep(1.2)
            assert (await tunnel.get(f"{CLIENT}/keys", params={"fingerprint": key.fingerprint})).text == ""

    @pytest.mark.parametrize("seconds", [3599, 2592001, "soon", [], True])
    async def test_a_lifetime_has_bounds(self, client: httpx.AsyncClient, seconds: Any) -> None:
        await proxy(client)
        raw = '{"public_key": "%s", "ttl_seconds": "%s"}' % (new_key(), seconds)  # noqa: UP031
        request = client.post(f"{CLIENT}/tunnel", content=raw.encode(), headers={"Content-Type": "application/json"})
        assert await refused(request) == ("TunnelServiceException", ["ttl_seconds must be between 3600 and 2592000 seconds"])

    @pytest.mark.parametrize("seconds", [3600, "7200", 3600.9, None])
    async def test_a_lifetime_may_be_written_in_many_ways(self, client: httpx.AsyncClient, seconds: Any) -> None:
        await proxy(client)
        assert "key_id" in await answered(client.post(f"{CLIENT}/tunnel", json={"public_key": new_key(), "ttl_seconds": seconds}))

    async def test_a_named_host_comes_first(self, client: httpx.AsyncClient) -> None:
        made = [await proxy(client, host) for host in "abc"]
        usual = [entry["proxy_host"] for entry in (await answered(client.get(f"{CLIENT}/tunnel")))["proxies"]]
        last = usual[-1]
        moved = await answered(client.get(f"{CLIENT}/tunnel", params={"proxy_host": last}))
        assert moved["proxy_host"] == last
        assert [entry["proxy_host"] for entry in moved["proxies"]] == [last, *usual[:-1]]
        await answered(client.post(f"{CONFIG}/{made['abc'.index(last)]['id']}/active", json={"is_active": False}))
        assert await refused(client.get(f"{CLIENT}/tunnel", params={"proxy_host": last})) == (
            "TunnelServiceException",
            [f"No active proxy tunnel configuration found for host: {last}"],
        )

    @pytest.mark.parametrize("fingerprint", ["", "MD5:aa", "SHA256:short", "SHA256:" + "*" * 43, "SHA256:" + "A" * 44])
    async def test_a_malformed_fingerprint_is_never_json(self, server: Server, fingerprint: str) -> None:
        async with server.client("tunnel") as tunnel:
            answer = await tunnel.get(f"{CLIENT}/keys", params={"fingerprint": fingerprint})
        assert (answer.status_code, answer.content, answer.headers["content-type"].split(";")[0]) == (400, b"", "text/plain")

    async def test_a_broken_database_is_never_json(self, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
        real = server.store.page

        async def broken(statement: Any, *args: Any) -> Any:
            if statement.model is SSHTunnelKey:
                raise RuntimeError("no database")
            return await real(statement, *args)

        monkeypatch.setattr(server.store, "page", broken)
        async with server.client("tunnel") as tunnel:
            answer = await tunnel.get(f"{CLIENT}/keys")
        assert (answer.status_code, answer.content, answer.headers["content-type"].split(";")[0]) == (500, b"", "text/plain")

    async def test_a_form_is_no_registration(self, client: httpx.AsyncClient) -> None:
        answer = (await client.post(f"{CLIENT}/tunnel", data={"public_key": "x"})).json()["response"]
        assert (answer["exception"], answer["arguments"]) == ("UnsupportedMediaType", [])
        assert answer["message"].startswith("415 Unsupported Media Type: ")

"""A WSGI environ from an ASGI scope."""

from __future__ import annotations

import sys
from typing import IO, Any
from urllib.parse import unquote_to_bytes

from starlette.types import Scope
from werkzeug.wsgi import FileWrapper

FILE_BLOCK = 64 * 1024
KNOWN_HEADERS = 1024
_keys: dict[bytes, str | None] = {b"content-type": "CONTENT_TYPE", b"content-length": "CONTENT_LENGTH", b"proxy": None, b"upgrade": None}


def below_root(path: str, root: str) -> str:
    """The part of a path below the `root_path` of a scope; servers that put no root before the path give it as it is."""
    if root and path.startswith(root) and path[len(root) : len(root) + 1] in ("", "/"):
        return path[len(root) :]
    return path


def below_prefix(scope: Scope, prefix: str) -> bool:
    """Whether a request is one below `prefix`, which becomes a part of its `root_path`."""
    if "path" not in scope:
        return True  # a lifespan
    root: str = scope.get("root_path", "")
    inner = below_root(scope["path"], root)
    if below_root(inner, prefix) == inner:
        return False
    if inner == scope["path"]:
        scope["path"] = root + inner
        if "raw_path" in scope:
            scope["raw_path"] = root.encode() + (scope["raw_path"] or b"")
    scope["root_path"] = root + prefix
    return True


def build_environ(scope: Scope, body: IO[bytes]) -> dict[str, Any]:
    """The environ of a request whose body was read. Headers whose name holds `_` are dropped, for they would pass for others; so is
    `Proxy`, which libraries take for a setting, and `Upgrade`, an offer that WSGI cannot take."""
    root: str = scope.get("root_path", "")
    path = below_root(scope["path"], root)
    if not path.isascii():
        path = _bytes_of(scope, root, path).decode("latin-1")
    server = scope.get("server") or ("localhost", 80)
    environ: dict[str, Any] = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": root if root.isascii() else root.encode().decode("latin-1"),
        "PATH_INFO": path,
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "SERVER_NAME": server[0],
        "SERVER_PORT": str(server[1] or 0),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.get("scheme", "http"),
        "wsgi.input": body,
        "wsgi.input_terminated": True,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
        "wsgi.file_wrapper": _wrap_file,
        "asgi.scope": scope,
    }
    client = scope.get("client")
    if client is not None:
        environ["REMOTE_ADDR"] = client[0]
        environ["REMOTE_PORT"] = str(client[1])
    raw_path: bytes | None = scope.get("raw_path")
    if raw_path is not None:
        query: bytes = scope["query_string"]
        environ["REQUEST_URI"] = environ["RAW_URI"] = (raw_path + b"?" + query if query else raw_path).decode("latin-1")
    for name, value in scope["headers"]:
        key = _keys[name] if name in _keys else _key_of(name)
        if key is None:
            continue
        text = value.decode("latin-1")
        if key in environ:
            text = f"{environ[key]}{'; ' if key == 'HTTP_COOKIE' else ','}{text}"
        environ[key] = text
    return environ


def _key_of(name: bytes) -> str | None:
    key = None if b"_" in name else f"HTTP_{name.decode('latin-1').upper().replace('-', '_')}"
    if len(_keys) < KNOWN_HEADERS:
        _keys[name] = key
    return key


def _bytes_of(scope: Scope, root: str, path: str) -> bytes:
    """The path as the client sent it: decoding has replaced bytes that are no UTF-8."""
    raw: bytes | None = scope.get("raw_path")
    if raw is None or "�" not in path:
        return path.encode()
    return below_root(unquote_to_bytes(raw).decode("latin-1"), root.encode().decode("latin-1")).encode("latin-1")


def _wrap_file(file: IO[bytes], block: int = FILE_BLOCK) -> FileWrapper:
    """Files in large blocks: each block is a round between thread and loop."""
    return FileWrapper(file, max(block, FILE_BLOCK))

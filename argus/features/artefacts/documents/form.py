"""The form of an upload, read as it comes: the file is handed on in pieces, and never held as a whole."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from argus.platform.errors import BadRequest, Invalid, TooLarge

FILE = "file"
FIELDS = ("metadata", "document_type", "run_id", "test_id", "release_id", "expires_at")
LONGEST_FIELD = 64 * 1024  # bytes; what a field may hold is checked where its meaning is known
MAX_PARTS = 20
LONGEST_NAME = 255  # characters of a file's name


@dataclass(slots=True)
class _Part:
    name: str = ""
    filename: str | None = None
    header: bytes = b""
    headers: dict[bytes, bytes] = field(default_factory=dict)
    text: bytearray = field(default_factory=bytearray)


class UploadForm:
    """Reads a multipart body. `pieces()` gives the file; what else the form holds is in `fields` once they are all given."""

    def __init__(self, content_type: str | None, body: AsyncIterator[bytes]) -> None:
        """Raises:
        Invalid: the body is no multipart form.
        """
        kind, options = parse_options_header((content_type or "").encode("latin-1"))
        boundary = options.get(b"boundary")
        if kind != b"multipart/form-data" or not boundary:
            raise Invalid("multipart_required", "The body must be a form (multipart/form-data) with a part named file")
        self.fields: dict[str, str] = {}
        self.filename: str | None = None
        self._body = body
        self._part = _Part()
        self._parts = 0
        self._file: list[bytes] = []
        self._value = b""
        self._ended = False
        self._parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._begin,
                "on_header_field": self._on_header_name,
                "on_header_value": self._on_header_value,
                "on_header_end": self._on_header_end,
                "on_headers_finished": self._on_headers,
                "on_part_data": self._on_data,
                "on_part_end": self._end,
                "on_end": self._finish,
            },
        )

    async def pieces(self) -> AsyncIterator[bytes]:
        """The bytes of the file.

        Raises:
            BadRequest: the file is empty (`empty_file`).
            Invalid: the form is malformed, has no file, or more than it may have.
        """
        size = 0
        try:
            async for chunk in self._body:
                self._parser.write(chunk)
                for piece in self._file:
                    size += len(piece)
                    yield piece
                self._file.clear()
            self._parser.finalize()
        except FormParserError as error:
            raise Invalid("malformed_form", f"The form cannot be read: {error}") from None
        if not self._ended:
            raise Invalid("malformed_form", "The form ends in the middle")
        if self.filename is None:
            raise Invalid("file_required", "The form has no file named file")
        if not size:
            raise BadRequest("empty_file", "The file is empty")

    def _begin(self) -> None:
        self._parts += 1
        if self._parts > MAX_PARTS:
            raise Invalid("malformed_form", f"The form has more than {MAX_PARTS} parts")
        self._part = _Part()

    def _on_header_name(self, data: bytes, start: int, end: int) -> None:
        self._part.header += data[start:end]

    def _on_header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _on_header_end(self) -> None:
        self._part.headers[self._part.header.lower()] = self._value
        self._part.header = self._value = b""

    def _on_headers(self) -> None:
        _, options = parse_options_header(self._part.headers.get(b"content-disposition", b""))
        self._part.name = options.get(b"name", b"").decode("utf-8", "replace")
        if b"filename" in options and self._part.name == FILE:
            if self.filename is not None:
                raise Invalid("malformed_form", "The form has two files")
            self._part.filename = self.filename = shown_name(options[b"filename"].decode("utf-8", "replace"))
        elif self._part.name == FILE:
            raise Invalid("file_required", "The part named file is no file")

    def _on_data(self, data: bytes, start: int, end: int) -> None:
        if self._part.filename is not None:
            self._file.append(data[start:end])
            return
        self._part.text += data[start:end]
        if len(self._part.text) > LONGEST_FIELD:
            raise Invalid("malformed_form", f"The field {self._part.name[:40]!r} is longer than {LONGEST_FIELD} bytes")

    def _end(self) -> None:
        if self._part.filename is None and self._part.name in FIELDS:
            self.fields.setdefault(self._part.name, self._part.text.decode("utf-8", "replace"))

    def _finish(self) -> None:
        self._ended = True


def need_room(announced: str | None, limit: int) -> None:
    """Refuse a body that says itself that it is too long, before it is read.

    Raises:
        TooLarge: more than the file and the rest of a form may take.
    """
    if announced is not None and announced.isdigit() and int(announced) > limit + MAX_PARTS * LONGEST_FIELD:
        raise TooLarge("file_too_large", f"The file has more than {limit} bytes", limit=limit)


def shown_name(given: str) -> str:
    """The name of a file as it is kept: without folders and control characters. It never becomes a path."""
    last = given.replace("\\", "/").rsplit("/", 1)[-1]
    clean = "".join(char for char in last if char.isprintable()).strip().lstrip(".")
    stem, dot, ending = clean.rpartition(".")
    if len(clean) > LONGEST_NAME and dot and len(ending) < 20:
        return f"{stem[: LONGEST_NAME - len(ending) - 1]}.{ending}"
    return clean[:LONGEST_NAME] or "unnamed"

"""A submitted form: one reader with one set of limits, for both lanes. The parser bounds what stands above one part (8 fields of 4 KiB)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import parse_qsl

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from argus.kit.errors import BadForm, RequestEntityTooLarge

MAX_PARTS = 1000  # fields and files together
MAX_TEXT = 500_000  # bytes of all fields together
MAX_FILES = 32 * 1024 * 1024  # bytes of all files together
URLENCODED, MULTIPART = b"application/x-www-form-urlencoded", b"multipart/form-data"


@dataclass(frozen=True, slots=True)
class Upload:
    """A file of a form, as the browser sent it."""

    filename: str
    content_type: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Form:
    """Fields by name, files by name; the first one of a name counts. What is no UTF-8 has become U+FFFD."""

    fields: Mapping[str, str]
    files: Mapping[str, Upload] = field(default_factory=dict)

    def need(self, name: str) -> str:
        """A field that must be there.

        Raises:
            BadForm: it is not; a page answers 400.
        """
        if name not in self.fields:
            raise BadForm(f"The form field {name} is missing")
        return self.fields[name]

    def get(self, name: str) -> str:
        """A field, empty when it is missing."""
        return self.fields.get(name, "")


class FormReader(Protocol):
    """Reads a body piece by piece."""

    def feed(self, piece: bytes) -> None:
        """The next piece of the body.

        Raises:
            RequestEntityTooLarge: more than a form may have.
            BadForm: it is none.
        """

    def form(self) -> Form:
        """The whole form, after the last piece. Raises as `feed`."""


def form_reader(content_type: str | None) -> FormReader:
    """A reader for a body of this type; one of another type is no form, and its fields are missing.

    Raises:
        BadForm: a multipart form without a boundary.
    """
    kind, options = parse_options_header(content_type)
    if kind == URLENCODED:
        return _Urlencoded()
    if kind == MULTIPART:
        boundary = options.get(b"boundary", b"")
        if not 0 < len(boundary) <= 70:  # RFC 2046, 5.1.1
            raise BadForm("The form has no boundary")
        return _Multipart(boundary)
    return _NoForm()


class _NoForm:
    def feed(self, piece: bytes) -> None:
        """Not looked at."""

    def form(self) -> Form:
        return Form({})


class _Urlencoded:
    def __init__(self) -> None:
        self._text = bytearray()

    def feed(self, piece: bytes) -> None:
        self._text += piece
        if len(self._text) > MAX_TEXT:
            raise RequestEntityTooLarge

    def form(self) -> Form:
        text = self._text.decode("utf-8", "replace")
        if text.count("&") >= MAX_PARTS:
            raise RequestEntityTooLarge
        fields: dict[str, str] = {}
        for name, value in parse_qsl(text, keep_blank_values=True, errors="replace"):
            fields.setdefault(name, value)
        return Form(fields)


class _Multipart:
    def __init__(self, boundary: bytes) -> None:
        self._fields: dict[str, str] = {}
        self._files: dict[str, Upload] = {}
        self._parts = self._text = self._size = 0
        self._complete = False
        self._head: dict[bytes, bytes] = {}
        self._name, self._value, self._data = bytearray(), bytearray(), bytearray()
        self._is_file = False
        self._parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._begin,
                "on_header_field": self._on_name,
                "on_header_value": self._on_value,
                "on_header_end": self._end_of_header,
                "on_headers_finished": self._end_of_head,
                "on_part_data": self._on_data,
                "on_part_end": self._end,
                "on_end": self._end_of_form,
            },
        )

    def feed(self, piece: bytes) -> None:
        try:
            self._parser.write(piece)
        except FormParserError as error:
            raise BadForm("The form cannot be read") from error

    def form(self) -> Form:
        if not self._complete:
            raise BadForm("The form ends too early")
        return Form(self._fields, self._files)

    def _begin(self) -> None:
        self._parts += 1
        if self._parts > MAX_PARTS:
            raise RequestEntityTooLarge
        self._head = {}
        self._data = bytearray()

    def _on_name(self, data: bytes, start: int, end: int) -> None:
        self._name += data[start:end]

    def _on_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _end_of_header(self) -> None:
        self._head[bytes(self._name).lower()] = bytes(self._value)
        self._name, self._value = bytearray(), bytearray()

    def _end_of_head(self) -> None:
        self._is_file = b"filename" in self._options()

    def _on_data(self, data: bytes, start: int, end: int) -> None:
        self._data += data[start:end]
        if self._is_file:
            self._size += end - start
        else:
            self._text += end - start
        if self._size > MAX_FILES or self._text > MAX_TEXT:
            raise RequestEntityTooLarge

    def _end(self) -> None:
        options = self._options()
        if b"name" not in options:
            raise BadForm("A part of the form has no name")
        name = options[b"name"].decode("utf-8", "replace")
        if self._is_file:
            kind = self._head.get(b"content-type", b"").split(b";")[0].strip().lower().decode("latin-1")
            self._files.setdefault(name, Upload(options[b"filename"].decode("utf-8", "replace"), kind, bytes(self._data)))
        else:
            self._fields.setdefault(name, self._data.decode("utf-8", "replace"))

    def _options(self) -> dict[bytes, bytes]:
        return parse_options_header(self._head.get(b"content-disposition"))[1]

    def _end_of_form(self) -> None:
        self._complete = True

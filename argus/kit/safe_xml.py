"""XML of strangers, parsed without what XML can do to its reader: no entities, nothing fetched."""

from __future__ import annotations

from io import BytesIO
from typing import Any
from xml.etree.ElementTree import ParseError
from xml.sax import SAXParseException
from xml.sax.handler import ContentHandler, feature_external_ges

from defusedxml import DefusedXmlException, sax

from argus.kit.losses import lose
from argus.kit.xml_text import FORBIDDEN, UNREADABLE, ReadableXml, readable_xml


def parse(document: ReadableXml, handler: ContentHandler) -> None:
    """Parse a document; the name of a document type is passed over.

    Raises:
        ParseError: it is not well-formed, or defines entities.
    """
    parser: Any = sax.make_parser()  # type: ignore[no-untyped-call]
    parser.forbid_external = False  # it would refuse the mere name of a document type, which Ant and others write
    parser.setFeature(feature_external_ges, False)
    parser.setContentHandler(handler)
    try:
        parser.parse(BytesIO(document.text.encode()))
    except SAXParseException as broken:
        raise ParseError(f"{broken.getMessage()}: line {broken.getLineNumber()}, column {broken.getColumnNumber()}") from None
    except DefusedXmlException as refused:
        raise ParseError(f"the document defines entities ({type(refused).__name__})") from None


def well_formed(document: bytes) -> str:
    """A document as text that a browser parses: as it came where it is UTF-8 and XML 1.0, else without its declaration and with
    U+FFFD for every character that XML 1.0 does not know.

    Raises:
        ParseError: as `parse`.
    """
    readable = readable_xml(document)
    parse(readable, ContentHandler())
    try:
        text = document.decode()
    except UnicodeDecodeError:
        text = None
    if text is not None and not readable.back and not FORBIDDEN.search(text) and not _is_xml_1_1(text):
        return text
    if readable.back:
        lose("characters that XML 1.0 does not know are replaced in the document")
    return readable.text.translate(dict.fromkeys(readable.back, UNREADABLE))


def _is_xml_1_1(text: str) -> bool:
    return text.startswith("<?xml") and "1.1" in text.partition("?>")[0]

"""XML in and out. Reading refuses documents with a DTD, so neither entities nor other files can come in."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from lxml import etree

from ionstack.errors import S3Error

T = TypeVar("T")

NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/"
HEADING = '<?xml version="1.0" encoding="UTF-8"?>\n'
_SPECIAL = re.compile('[&<>"\r\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]')
_NAMED = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"}


class Node:
    """An element, without its namespace. Reading a child that is missing or double raises S3Error."""

    __slots__ = ("_element", "_error")

    def __init__(self, element: etree._Element, error: str) -> None:
        self._element, self._error = element, error

    @property
    def name(self) -> str:
        """The element's name."""
        return etree.QName(self._element).localname

    @property
    def text(self) -> str:
        """The element's text."""
        return self._element.text or ""

    @property
    def children(self) -> Sequence[Node]:
        """All elements below this one."""
        return [Node(one, self._error) for one in self._element]

    def attribute(self, name: str) -> str:
        """An attribute's value by its name without namespace; empty if there is none."""
        return next(
            (str(v) for k, v in self._element.attrib.items() if etree.QName(str(k)).localname == name), ""
        )

    def all(self, name: str) -> Sequence[Node]:
        """The elements of a name below this one."""
        return [Node(one, self._error) for one in self._element if etree.QName(one).localname == name]

    def maybe(self, name: str) -> Node | None:
        """The one element of a name, or None."""
        found = self.all(name)
        if len(found) > 1:
            raise self.wrong(f"There is more than one {name}")
        return found[0] if found else None

    def one(self, name: str) -> Node:
        """The one element of a name."""
        found = self.maybe(name)
        if found is None:
            raise self.wrong(f"{name} is missing")
        return found

    def get(self, name: str) -> str | None:
        """The text of the one element of a name, or None."""
        found = self.maybe(name)
        return None if found is None else found.text

    def number(self, name: str, error: str = "") -> int | None:
        """A whole number, or None."""
        text = self.get(name)
        if text is None:
            return None
        if not re.fullmatch(r"\s*-?\d{1,18}\s*", text):
            raise S3Error(error or self._error, f"{name} is no whole number")
        return int(text)

    def wrong(self, message: str = "") -> S3Error:
        """The error for what the document does not keep to."""
        return S3Error(self._error, message)


def _parser() -> etree.XMLParser:
    return etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True,
        remove_pis=True,
    )  # fmt: skip


def read(data: bytes, root: str, error: str = "MalformedXML") -> Node:
    """The root element of a document. Raises S3Error (`error`) if it cannot be read or has another name."""
    try:
        element = etree.fromstring(data, _parser())
    except (etree.XMLSyntaxError, ValueError):
        raise S3Error(error) from None
    doctype: str = element.getroottree().docinfo.doctype  # type: ignore[union-attr]
    if doctype or any(not isinstance(one.tag, str) for one in element.iter()):
        raise S3Error(error, "A document type is not allowed")
    node = Node(element, error)
    if node.name != root:
        raise S3Error(error, f"The root element must be {root}")
    return node


def write(root: str, *content: str) -> bytes:
    """A document of S3's namespace around ready elements."""
    return f'{HEADING}<{root} xmlns="{NAMESPACE}">{"".join(content)}</{root}>'.encode("utf-8", "replace")


def again(node: Node) -> str:
    """An element as it was read, without namespaces, attributes and white space between elements."""
    children = node.children
    return around(node.name, each(children, again) if children else escape(node.text))


def document(node: Node) -> str:
    """A whole document as it was read."""
    return write(node.name, each(node.children, again)).decode()


def tag(name: str, text: object) -> str:
    """An element with a text."""
    return f"<{name}>{escape(str(text))}</{name}>"


def optional(name: str, text: object | None) -> str:
    """An element with a text; nothing for None and for an empty text."""
    return "" if text is None or text == "" else tag(name, text)


def around(name: str, content: str) -> str:
    """An element around ready elements."""
    return f"<{name}>{content}</{name}>"


def tags(elements: Mapping[str, object]) -> str:
    """An element with a text for each name."""
    return "".join([tag(name, text) for name, text in elements.items()])


def each(items: Sequence[T], one: Callable[[T], str]) -> str:
    """What `one` writes of each item."""
    return "".join([one(item) for item in items])


def escape(text: str) -> str:
    """A text as XML carries it. What XML cannot carry goes as a character reference, as S3 does it."""
    return _SPECIAL.sub(_escaped, text) if _SPECIAL.search(text) else text


def _escaped(match: re.Match[str]) -> str:
    found = match.group()
    return _NAMED.get(found) or (f"&#x{ord(found):X};" if found < "\ud800" else "\ufffd")

"""The reference pages, written from the declarations each time the documentation is built."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from ionstack.catalogue.api import Api
from ionstack.catalogue.operation import Operation
from ionstack.config import OPTIONS, Option

if TYPE_CHECKING:
    from sphinx.application import Sphinx


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table; a bar inside a cell is escaped."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def overview(apis: Sequence[Api]) -> str:
    """All APIs, those not served yet among them, and the pages of those that are."""
    rows = [
        (
            f"[{api.title}]({api.name}.md)" if api.documented else api.title,
            api.version,
            ", ".join(method.value for method in api.authorization),
            f"`https://{api.host}{api.base}`",
            "yes" if api.served else "not yet",
        )
        for api in apis
    ]
    pages = "\n".join(api.name for api in apis if api.documented)
    return (
        "# APIs\n\n"
        + table(("API", "version", "authorization", "official address", "served"), rows)
        + f"\n\n```{{toctree}}\n:hidden:\n\n{pages}\n```\n"
    )


def page(api: Api, operations: Sequence[Operation]) -> str:
    """One API: its operations by tag."""
    parts = [f"# {api.title} {api.version}\n\nBelow `{api.base}`.\n"]
    for tag, group in groupby(sorted(operations, key=lambda one: one.tag), key=lambda one: one.tag):
        rows = [
            (
                one.method,
                f"`{one.path}`",
                one.summary,
                str(one.access),
                ", ".join(map(str, sorted(one.replies))),
                f"`{one.id}`",
            )
            for one in group
        ]
        title = tag if tag.strip("_") else "General"
        parts.append(f"## {title}\n\n{table(HEADS, rows)}\n")
    return "\n".join(parts)


HEADS = ("method", "path", "what it does", "who may", "answers", "id")


def default(value: object) -> str:
    """A default as one would write it; nothing for none."""
    if isinstance(value, bool):
        return "`on`" if value else "`off`"
    return "" if value in (None, Path(), ()) else f"`{value}`"


def settings(options: Iterable[Option]) -> str:
    """Every setting of a server, with the three words that choose it."""
    rows = [
        (
            f"`{one.switch}`" if one.flag else "",
            f"`{one.variable}`",
            default(one.default),
            one.help,
        )
        for one in options
    ]
    return table(("flag", "variable", "default", "meaning"), rows) + "\n"


def write(app: Sphinx) -> None:
    """Write `reference/`, and drop the pages of APIs that are no longer served."""
    from ionstack.apis.index import APIS

    folder = Path(app.srcdir) / "reference"
    folder.mkdir(exist_ok=True)
    pages = {"index.md": overview(APIS), "settings.inc": settings(OPTIONS.values())}
    pages |= {f"{api.name}.md": page(api, api.operations()) for api in APIS if api.operations is not None}
    for stale in folder.iterdir():
        if stale.name not in pages:
            stale.unlink()
    for name, text in pages.items():
        target = folder / name
        if not target.exists() or target.read_text("utf-8") != text:
            target.write_text(text, "utf-8")


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("builder-inited", write)
    return {"parallel_read_safe": True}

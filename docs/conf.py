"""How the documentation is built: Markdown in, pages out, nothing fetched, no dead link let through."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "_extensions"))

import ionstack

project = "Ionstack"
author = "The Ionstack project"
version = release = ionstack.__version__

extensions = ["myst_parser", "reference"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["decisions/template.md"]
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3

html_theme = "furo"
html_title = f"Ionstack {ionstack.__version__}"
html_copy_source = False
html_show_sphinx = False
html_show_copyright = False

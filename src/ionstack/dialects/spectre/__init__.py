"""The Spectre family: the newer services, regional, with relative hrefs and plain 200, 201 and 202."""

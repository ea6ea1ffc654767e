"""The XML documents of a bucket's settings, each with its reader and writer."""

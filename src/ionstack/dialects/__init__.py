"""Wire shapes: one package per family of APIs. A dialect turns calls into units of work and rows into answers."""

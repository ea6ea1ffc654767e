"""The vocabulary in which APIs are declared: pure data, no I/O."""

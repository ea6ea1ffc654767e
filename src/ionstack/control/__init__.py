"""The control API at `/_ionstack`: what an operator or a test asks of the server itself."""

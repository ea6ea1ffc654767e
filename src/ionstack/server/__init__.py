"""The server process: its sockets, connections, place in the data directory, start and end."""

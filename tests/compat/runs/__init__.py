"""What is run inside the clients' own environments; the standard library and the client alone."""

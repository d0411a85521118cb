"""The ways out: what this server sends to others. Nothing else opens a connection to the outside."""

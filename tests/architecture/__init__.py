"""Who may know whom: eight rules over the source, each a small function, and a planted violation of each."""

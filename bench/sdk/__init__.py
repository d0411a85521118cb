"""What an SDK costs the program that it stands in: ours beside its peers, each in an environment of its own."""

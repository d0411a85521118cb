"""What the JavaScript SDK costs the program that it stands in: ours beside its peers, each with packages of its own."""

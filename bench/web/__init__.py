"""How fast people see a trace and the list of traces in a browser, beside two peers on the same machine."""

"""The stores: one folder each, a contract and one file per backend."""

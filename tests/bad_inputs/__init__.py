"""Every bad input that a sender or reader can come up with, as one table, and what each one gets."""

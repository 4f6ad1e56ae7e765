"""A result handed on: CTC folder, tables, and where it came from."""

"""The Track step: tracks as a table, a lineage tree and plots."""

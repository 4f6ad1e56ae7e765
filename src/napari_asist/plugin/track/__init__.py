"""The step Track: tracks as a table, a lineage tree and plots."""

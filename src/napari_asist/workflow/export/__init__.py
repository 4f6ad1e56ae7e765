"""Export of a result: CTC folder, tables and provenance."""

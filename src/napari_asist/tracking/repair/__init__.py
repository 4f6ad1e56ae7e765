"""Make tracks plausible: divisions, gaps, and spurious objects."""

"""Label videos from rules: nuclei, and sticks."""

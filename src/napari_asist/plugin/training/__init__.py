"""The steps Synthesize and Train: settings, progress and report."""

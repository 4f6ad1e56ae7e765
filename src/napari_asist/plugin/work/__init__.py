"""Long work in threads: workers, a run, and how far it is."""

"""Mean shift: the embeddings of pixels gathered to the objects that they belong to."""

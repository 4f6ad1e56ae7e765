"""Mean shift: cluster the embeddings of pixels into objects."""

"""What the manifest names: reader, writer, samples, and showing a run."""

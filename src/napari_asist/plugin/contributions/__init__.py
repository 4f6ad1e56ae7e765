"""Contributions that the manifest names: reader, writer, samples, and run viewer."""

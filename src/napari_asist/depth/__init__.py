"""The compact network that outlines objects by how deep each pixel lies in its own."""

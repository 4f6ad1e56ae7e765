"""The compact network that outlines objects by each pixel's depth inside its object."""

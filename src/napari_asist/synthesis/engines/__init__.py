"""Engines of synthesis: label videos become frames that look like the microscope's."""

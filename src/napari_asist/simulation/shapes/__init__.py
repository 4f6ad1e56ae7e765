"""Outlines of objects: one shape per file."""

from napari_asist.simulation.shapes.ellipse import Ellipse
from napari_asist.simulation.shapes.rectangle import Rectangle
from napari_asist.simulation.shapes.shape import AnyShape, Outlines, Shape
from napari_asist.simulation.shapes.spindle import Spindle
from napari_asist.simulation.shapes.star import Star

__all__ = ["AnyShape", "Ellipse", "Outlines", "Rectangle", "Shape", "Spindle", "Star"]

"""Forms made from settings: a field for each, with its unit and bounds."""

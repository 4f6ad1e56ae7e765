"""Forms made from settings: one field per setting, with its unit and bounds."""

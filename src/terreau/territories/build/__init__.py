"""Tools that rebuild the embedded data. They are not needed to run Terreau."""

"""plugwatch: one record from the client's call to the release that contains the fix."""

__version__ = "0.1.0"

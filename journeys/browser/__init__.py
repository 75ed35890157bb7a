"""The browser room: customers walking a journey through real pages."""

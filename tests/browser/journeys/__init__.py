"""What people do on each screen, on a server with demo data: on both lanes, in light and dark, wide and on a phone."""

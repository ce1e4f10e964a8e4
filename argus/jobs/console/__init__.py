"""The page on which administrators watch and steer periodic work."""

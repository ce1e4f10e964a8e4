"""What the product does, by subject: `tracker` is runs and the people around them. A subject's folders are its features."""

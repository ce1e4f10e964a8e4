"""What several features share, below any one of them."""

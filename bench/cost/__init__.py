"""What a request costs: statements, processor time of the server and of the database."""

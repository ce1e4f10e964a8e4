"""What the encoding of an answer costs, beside that of the standard library."""

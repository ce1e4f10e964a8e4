"""What test frameworks submit, whatever the type of their runs."""

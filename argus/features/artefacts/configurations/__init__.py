"""How the tables of a type of document are read, in versions."""

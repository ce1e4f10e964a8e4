"""What pages cost a browser: bytes, requests, elements and time, on a server with much in it."""

"""SSH tunnels through which test machines reach the server: proxies, and the keys that they let in."""

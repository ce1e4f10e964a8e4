"""What the tests of the kit share: a pair of applications, servers, gateways."""

"""Teams of users, each led by one of them."""

"""A person's px6 key and account."""

"""What comes and how long the balance lasts."""

"""The one way out to a person: the kinds of notifications, and how each is delivered."""

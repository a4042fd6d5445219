"""The stand-in of the Bot API, over real HTTP."""

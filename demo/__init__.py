"""`make demo`: the real bot between both stand-ins, in a browser, with nothing but Python."""

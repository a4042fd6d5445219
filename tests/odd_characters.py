"""Characters that people do not see, which keyboards and copied texts bring along."""

from __future__ import annotations

# All that Unicode calls white space and that keyboards, phones and web pages write.
SPACES = "\t\n\v\f\r\x1c\x85\xa0\u1680\u2000\u2003\u2009\u200a\u2028\u2029\u202f\u205f\u3000"
# Of no width: soft hyphens, joiners, directions of writing, a byte order mark.
INVISIBLE = "\xad\u061c\u200b\u200c\u200d\u200e\u200f\u202a\u202e\u2060\u2066\u2069\ufeff"

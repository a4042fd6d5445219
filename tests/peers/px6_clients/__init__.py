"""Scripts that drive one independent px6 client each; run by tests.peers.px6 in the client's own environment."""

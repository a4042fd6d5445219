"""Lists of proxies, selections of them, deletions and exports."""

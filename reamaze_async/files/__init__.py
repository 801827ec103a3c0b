"""Files: what exports and syncs share about disks, paths and locks."""

"""What becomes of a drop on the disk: unpacked, looked at, moved to its run folder or kept as refused; writes no tables."""

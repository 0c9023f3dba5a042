"""The only writers of the diary's tables; each function is one act that can race with itself."""

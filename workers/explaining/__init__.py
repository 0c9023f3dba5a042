"""What watcher, queue, workers and diary know of one path, told in the order in which the path travels.

Everybody is asked with patience of seconds: who does not answer is named, and the rest is told.
"""

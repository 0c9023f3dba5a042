"""The job list: what is asked for, the words that find a job, and the database's answer."""

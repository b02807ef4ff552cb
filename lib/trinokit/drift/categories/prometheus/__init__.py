"""What is a Prometheus told to do, by git and by what it has loaded, and do two ways to say it mean the same?"""

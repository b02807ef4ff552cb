"""Where are flags written in git, and how are they changed there so that all else stays?"""

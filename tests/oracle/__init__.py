"""The oracle: an outside process that says what the store must hold, because it alone made it.

It hands out ids, sends events whose content is a function of the id, keeps on disk what was acknowledged,
and at the end asks the public read API about every id. It never looks into the server's files to judge.
"""

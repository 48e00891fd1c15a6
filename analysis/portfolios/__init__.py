"""Which configurations do well on many tables, and whether early rounds tell the end: fits collected once, read often.

`collection` trains and keeps a line for each fit; `tables` says on which tables.
"""

"""The express way: a trigger of the common shape goes from its bytes to its records at once.

The law of this room: what it makes of a record is, byte for byte, what the rules make of it; a record of
which it is not certain, it leaves to them. So nobody needs to know this room to change a rule. Rules 1 to 7
are in read.py and forms.py, for triggers of the common shape; of the other rules the functions are called in
make.py, in their order. A differential test (tests/unit/triggers/test_express.py) holds both ways together.
"""

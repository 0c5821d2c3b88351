"""What the engine is measured against: programs as a good user of each framework would write them."""

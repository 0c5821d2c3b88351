"""The door by HTTP: triggers as clients of Adobe Journey Optimizer send them."""

"""Dead letters read: chosen, listed, looked up, grouped; with the resolutions that closed them."""

"""The faults of images and masks, 1 to 48: each is made from a sound examination and ends as promised."""

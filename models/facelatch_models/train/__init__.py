"""Training of our own networks; needs PyTorch (extra `train`), which nothing outside this package imports."""

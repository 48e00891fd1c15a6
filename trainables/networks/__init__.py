"""The networks of detectors: encoders, autoencoders of rows and of images, LeNet, residual blocks."""

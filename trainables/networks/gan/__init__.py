"""Generators, critics and encoders of images, fully connected, upsampling, residual, transposed convolutions.

An image is (channels, height, width), of any size; generators end in a tanh unless they say otherwise. What
makes a network of its features is in `critic`.
"""

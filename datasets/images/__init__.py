"""Datasets of images: names, readers of files and folders, anomalies made from normal images, one-vs-rest splits."""

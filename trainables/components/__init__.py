"""Parts of detectors: batches, optimisers, schedules, augmentation, pixels, errors of reconstruction."""

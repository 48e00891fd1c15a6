"""What a registered model makes of other data: drift, artificial rows."""

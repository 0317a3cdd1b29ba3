"""What a plan is made of: plain data that the passes read and rewrite. Nothing here knows the compiled core."""

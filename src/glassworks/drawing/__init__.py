"""Pictures of plain arrays, drawn with matplotlib (the extra `plot`). Nothing here knows a model."""

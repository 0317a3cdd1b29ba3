"""Numbers, tables and findings as text for the terminal and as HTML for notebooks and pages."""

from glassworks.display.table import Table as Table

"""Words of the chapter "Devolution" that depend on numbers: a module for each part of the page."""

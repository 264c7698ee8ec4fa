"""Every sentence of the chapter "Demand" that depends on a number, by section."""

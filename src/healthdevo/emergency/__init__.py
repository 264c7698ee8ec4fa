"""What is particular to A&E: attendance rates, growth accounts, four-hour performance."""

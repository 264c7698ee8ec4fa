"""Section on an area's page: where its residents work, where its workers live, and which labour markets its border cuts."""

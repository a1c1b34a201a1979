"""One visit to a booking page, turned into artefacts and facts. Knows nothing of the store."""

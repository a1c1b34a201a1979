"""What is known of each booking platform, one TOML file each."""

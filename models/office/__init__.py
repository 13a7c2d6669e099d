"""What the office reads across subjects."""

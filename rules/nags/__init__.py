"""The ladder of nags: its policy, levels, slots, quiet hours, snoozes and 迎检."""

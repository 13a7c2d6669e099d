"""Templates of work reports that an office writes: hostile input. Start with ``template_check``."""

"""How something is sent that is no promise: prompts, after the commit that answers with them."""

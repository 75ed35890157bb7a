"""Attribution: who is to blame for what is lost, by counterfactual runs, and which assumption would overturn it."""

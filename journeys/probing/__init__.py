"""The security probe: a few visitors walk to a target, and a few requests see what it gives to whom."""

"""What every resource can do: the unit of work, rules, references, requests and time."""

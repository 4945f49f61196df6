"""The desk: what people come to a property office's counter for, as events, records, rules, slips and queries."""

"""Glass of the desk: what people see and press; Textual lives here and nowhere else."""

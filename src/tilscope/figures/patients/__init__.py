"""Pictures of one patient: phases, registration, bias field, enhancement."""

"""Files of applicants: written together, fed by the living file, deposited once, frozen for ever."""

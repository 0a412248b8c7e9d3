# log, privileges, signals, clock

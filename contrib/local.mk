# examples, units, scripts

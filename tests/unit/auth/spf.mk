# tests of spf

# tests of dkim

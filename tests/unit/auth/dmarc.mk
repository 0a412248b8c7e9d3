# tests of dmarc

# tests of that room

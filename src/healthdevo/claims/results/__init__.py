"""Tests of claims: a module for each page that claims link to, with what its tests draw on, so that its job rests on these chapters alone."""

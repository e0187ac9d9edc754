"""A small valid card, for whatever reads, keeps or lists cards."""

from __future__ import annotations

CARD = """\
since = "0.1"
status = "stable"
severity = "error"
cause = "local-config"
nature = "local"
fault = "us"
[match]
family = "postfix"
kind = "warning"
direction = "local"
literal = ["frobnicator is unplugged"]
[text]
title = "The frobnicator is unplugged"
meaning = "Somebody tripped over the cable, and nothing is frobnicated until it is plugged in again."
likely_causes = ["a foot"]
remedy = ["plug it in"]
verify = ["postfix check"]
limits = "The log does not tell who it was."
[[hit]]
line = '''Nov 24 03:27:39 mx1 postfix/master[1]: warning: the frobnicator is unplugged'''
[[miss]]
line = '''Nov 24 03:27:39 mx1 postfix/master[1]: warning: the frobnicator is on'''
why = "it is on, which is no trouble"
"""

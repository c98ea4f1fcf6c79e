"""Asks the real tool, and compares with what we said: check.py <folder with cases.json>."""
import json
import logging
import sys
from collections import Counter, defaultdict

from datacontract.data_contract import DataContract

logging.disable(logging.CRITICAL)
counts = Counter()
rules = Counter()


def say(good, what):
    counts["passed" if good else "failed"] += 1
    if not good:
        print(f"FAILED {what}")


with open(f"{sys.argv[1]}/cases.json") as source:
    cases = json.load(source)

for one in cases["lints"]:
    run = DataContract(data_contract_file=one["file"], inline_references=False).lint()
    said = [f"{check.name}: {check.reason}" for check in run.checks if check.result not in ("passed", "warning", "info")]
    say((not said) == one["valid"], f"lint {one['what']}: {'; '.join(said)[:300] or 'it was accepted'}")

for one in cases["tests"]:
    run = DataContract(data_contract_file=one["file"]).test()
    theirs = defaultdict(list)
    for check in run.checks:
        if check.type in ("field_type", "lint"):
            # The tool does not check types of files.
            continue
        if check.type is None:
            say(False, f"{one['what']}: {check.name}: {check.reason}")
            continue
        theirs[f"{check.type}:{check.field or ''}"].append(check.result.value if check.result else 'no result')
    ours = dict(one["verdicts"])
    # An exclusive bound is two checks of the tool: the bound, and the value itself.
    for key in [key for key in ours if "+" in key]:
        own, other = key.split("+")
        del ours[key]
        pair = theirs.pop(f"{other}:{own.split(':', 1)[1]}", [])
        merged = theirs.get(own, [])
        theirs[own] = ["passed" if all(each == "passed" for each in parts) else "failed" for parts in zip(merged, pair)] if len(pair) == len(merged) else [*merged, *pair]
    if "gone" in one:
        # A key whose column is missing is unique for the tool; for us it could not be measured, which is no pass.
        for key in [key for key in theirs if key.split(":")[0] in ("field_primary_key_unique", "primary_key_unique")]:
            say(ours.pop(key, None) == ["failed"], f"{one['what']}: {key}: a key without its column is no pass")
            del theirs[key]
    for key in sorted(ours.keys() | theirs.keys()):
        mine, other = ours.get(key, []), theirs.get(key, [])
        rules[key.split(":")[0]] += max(len(mine), len(other))
        for i in range(max(len(mine), len(other))):
            a, b = (mine[i] if i < len(mine) else "no such check"), (other[i] if i < len(other) else "no such check")
            say(a == b, f"{one['what']}: {key}: we say {a}, the tool says {b}")

print(f"{len(cases['lints'])} contracts linted, {len(cases['tests'])} files tested; verdicts by rule: {dict(rules.most_common())}")
print(f"{counts['passed']} passed, {counts['failed']} failed")
sys.exit(0 if counts["failed"] == 0 else 1)

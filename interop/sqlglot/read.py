"""Reads what compare.ts wrote with sqlglot: sources of columns, tables of statements, and the time for the former."""
import json, sys, time
import sqlglot
from sqlglot import exp
from sqlglot.lineage import lineage
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.scope import build_scope

asked = json.load(open(sys.argv[1]))
sqlglot_log = __import__('logging').getLogger('sqlglot'); sqlglot_log.disabled = True

def columns(sql):
    tree = qualify(sqlglot.parse_one(sql, read='duckdb'), schema=asked['schema'], dialect='duckdb')
    scope = build_scope(tree)
    found = {}
    for name in tree.named_selects:
        root = lineage(name, tree, schema=asked['schema'], dialect='duckdb', scope=scope)
        leaves = (node for node in root.walk() if not node.downstream and isinstance(node.expression, exp.Table))
        found[name] = sorted({f"{node.expression.name}.{node.name.split('.')[-1].strip(chr(34))}" for node in leaves})
    return found

def tables(sql, dialect):
    sources, targets, made = set(), set(), set()
    for tree in sqlglot.parse(sql, read=dialect):
        if tree is None: continue
        own = {cte.alias_or_name for cte in tree.find_all(exp.CTE)}
        target = None
        if isinstance(tree, (exp.Insert, exp.Create, exp.Merge, exp.Update)):
            target = tree.this.this if isinstance(tree.this, exp.Schema) else tree.this
        if isinstance(target, exp.Table): targets.add(name(target))
        for table in tree.find_all(exp.Table):
            if table is not target and not (table.name in own and not table.db): sources.add(name(table))
    return sorted(sources), sorted(targets)

def name(table):
    return '.'.join(part.name for part in table.parts).lower()

answers, failed = [], 0
for sql in asked['queries']:
    try: answers.append(columns(sql))
    except Exception: answers.append(None)
readable = [sql for sql, answer in zip(asked['queries'], answers) if answer is not None]
began = time.perf_counter()
for _ in range(asked['rounds']):
    for sql in readable: columns(sql)
seconds = time.perf_counter() - began
cases = []
for case in asked['cases']:
    try: cases.append(tables(case['sql'], case['dialect']))
    except Exception: cases.append(None)
json.dump({'version': sqlglot.__version__, 'answers': answers, 'cases': cases, 'milliseconds': seconds / asked['rounds'] / len(readable) * 1000}, sys.stdout)

"""Runs Python tasks of a class in BitBake's syntax, one after the other: a stand-in with what the class uses.

Usage: bitbake.py CLASS TASK... -- NAME=VALUE...
"""
import os
import re
import sys


class Data:
    """Variables, with ${NAME} in their values expanded."""

    def __init__(self, values):
        self.values = values

    def getVar(self, name):
        value = self.values.get(name)
        if value is None:
            return None
        return re.sub(r"\$\{(\w+)\}", lambda found: self.getVar(found.group(1)) or "", value)


class Build:
    @staticmethod
    def fatal(message):
        sys.exit(message)


def read_class(path):
    """Returns tasks by name, the text of plain functions, defaults of variables, and flags."""
    tasks, functions, defaults, flags = {}, [], {}, {}
    inside = None
    with open(path) as file:
        for line in file:
            task = re.match(r"python (\w+)\(\) \{$", line)
            setting = re.match(r'(\w+)(\[\w+\])? (\??=) "(.*)"$', line)
            if task:
                inside = tasks[task.group(1)] = []
            elif line.startswith("def "):
                inside = [line]
                functions.append(inside)
            elif inside is not None and (line.startswith(" ") or line == "\n"):
                inside.append(line)
            else:
                inside = None
                if setting and setting.group(2):
                    flags[setting.group(1) + setting.group(2)] = setting.group(4)
                elif setting:
                    defaults[setting.group(1)] = setting.group(4)
    return tasks, functions, defaults, flags


def main():
    path, *rest = sys.argv[1:]
    at = rest.index("--")
    tasks, functions, defaults, flags = read_class(path)
    given = dict(item.split("=", 1) for item in rest[at + 1:])
    scope = {"bb": Build, "os": os, "d": Data({**defaults, **given})}
    for function in functions:
        exec("".join(function), scope)
    for name in rest[:at]:
        print(name, "network", flags[name + "[network]"] if name + "[network]" in flags else "0", flush=True)
        exec("def task():\n" + "".join(tasks[name]) + "\ntask()", scope)


main()

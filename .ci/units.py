"""Reads the units for schedulers as others read them: YAML, property lists, XML, and the schemas of
Kubernetes, GitHub and GitLab.

    units.py FOLDER

The folder holds what `interdict schedule` writes for each of them, in a folder of its name.
"""

import pathlib
import plistlib
import re
import subprocess
import sys
import xml.etree.ElementTree

import kubernetes_validate
import yaml

folder, wrong = pathlib.Path(sys.argv[1]), []


def expect(what, holds):
    if not holds:
        wrong.append(what)


def command(name, *words):
    done = subprocess.run(words, capture_output=True, text=True)
    expect(f"{name}: {(done.stdout + done.stderr)[-2000:]}", done.returncode == 0)


class Strict(yaml.SafeLoader):
    """Refuses a key that stands twice."""

    def construct_mapping(self, node, deep=False):
        keys = [self.construct_object(key, deep=deep) for key, _ in node.value]
        expect(f"line {node.start_mark.line + 1}: a key stands twice: {keys}", len(set(keys)) == len(keys))
        return super().construct_mapping(node, deep)


for path in sorted((folder / "kubernetes").glob("*.yaml")):
    unit = yaml.load(path.read_text(encoding="utf-8"), Strict)
    try:
        kubernetes_validate.validate(unit, "1.31", strict=True)
    except kubernetes_validate.ValidationError as error:
        expect(f"{path.name}: {error}", False)
for name, schema in [("github", "vendor.github-workflows"), ("gitlab", "vendor.gitlab-ci")]:
    [path] = (folder / name).iterdir()
    yaml.load(path.read_text(encoding="utf-8"), Strict)
    command(path.name, sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, str(path))
[path] = (folder / "launchd").iterdir()
unit = plistlib.loads(path.read_bytes())
expect(f"launchd: {unit}", unit["ProgramArguments"][1:3] == ["run", "--config"] and unit["UserName"] == "daemon")
[path] = (folder / "windows").iterdir()
command("windows", "xmllint", "--noout", str(path))
task = xml.etree.ElementTree.parse(path).getroot()
order = [child.tag.rpartition("}")[2] for child in task]
expect(f"windows: {order}", order == ["RegistrationInfo", "Triggers", "Principals", "Settings", "Actions"])
[path] = (folder / "cron").iterdir()
[line] = [line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
expect(f"cron: {line}", re.match(r"([0-5]?\d) ([01]?\d|2[0-3]) \* \* \* /\S", line))
for one in wrong:
    print(one)
print(f"units: {len(wrong)} problems")
sys.exit(bool(wrong))

import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";
import { encodeSbom } from "../../src/evidence/sbom/index.js";
import { catalogueOf } from "../support/catalogue-trees.js";
import { needs } from "../support/needs.js";
import {
	containerOf,
	doubleSubject,
	hostileSubject,
	mixedSubject,
	subjectOf,
} from "../support/sbom-subjects.js";

const IMPORT = "from cyclonedx.validation.json import JsonStrictValidator";
/** Validates a list of documents: starting it takes seconds. */
const PROGRAM = `import json, sys
${IMPORT}
from cyclonedx.schema import SchemaVersion
validator = JsonStrictValidator(SchemaVersion.V1_6)
errors = [validator.validate_str(text) for text in json.load(sys.stdin)]
json.dump([None if error is None else str(error)[:400] for error in errors], sys.stdout)`;

needs("python3", "cyclonedx-python-lib").describe("cyclonedx-python-lib", () => {
	function validate(texts: readonly string[]): (string | null)[] {
		const { stdout, stderr } = spawnSync("python3", ["-c", PROGRAM], {
			input: JSON.stringify(texts),
			encoding: "utf8",
		});
		if (stderr !== "") throw new Error(stderr);
		return JSON.parse(stdout);
	}

	test("accepts every kind of component, two containers, hostile names and an empty root", () => {
		const subjects = [
			mixedSubject(),
			doubleSubject(),
			hostileSubject(),
			subjectOf([containerOf("demo", catalogueOf({}))]),
		];
		expect(validate(subjects.map((subject) => encodeSbom(subject, "cyclonedx-json")))).toEqual([
			null,
			null,
			null,
			null,
		]);
	});

	test("refuses a document that is broken", () => {
		const text = encodeSbom(mixedSubject(), "cyclonedx-json");
		const broken = [text.replace('"type": "library"', '"type": "thing"'), text.replace('"purl"', '"url"')];
		expect(validate(broken)).toEqual([expect.any(String), expect.any(String)]);
	});
});

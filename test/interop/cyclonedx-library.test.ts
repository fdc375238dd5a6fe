import { Spec, Validation } from "@cyclonedx/cyclonedx-library";
import { expect, test } from "vitest";
import { encodeSbom, type SbomSubject } from "../../src/evidence/sbom/index.js";
import { catalogueOf } from "../support/catalogue-trees.js";
import {
	containerOf,
	doubleSubject,
	hostileSubject,
	mixedSubject,
	subjectOf,
} from "../support/sbom-subjects.js";

const validator = new Validation.JsonStrictValidator(Spec.Version.v1dot6);

test.each<[string, () => SbomSubject]>([
	["every kind of component", mixedSubject],
	["two containers", doubleSubject],
	["hostile names", hostileSubject],
	["an empty root", () => subjectOf([containerOf("demo", catalogueOf({}))])],
])("CycloneDX's JavaScript library accepts %s", async (_, make) => {
	expect(await validator.validate(encodeSbom(make(), "cyclonedx-json"))).toBeNull();
});

test("CycloneDX's JavaScript library refuses a document that is broken", async () => {
	const text = encodeSbom(mixedSubject(), "cyclonedx-json");
	expect(await validator.validate(text.replace('"type": "library"', '"type": "thing"'))).not.toBeNull();
	expect(await validator.validate(text.replace('"purl"', '"url"'))).not.toBeNull();
});

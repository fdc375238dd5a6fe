import { expect, test } from "vitest";
import { encodeSbom } from "../../../src/evidence/sbom/index.js";
import { sha256Hex } from "../../../src/ground/bytes/index.js";
import { doubleSubject, hostileSubject, mixedSubject } from "../../support/sbom-subjects.js";

// One document for one subject, on every version of Node and every machine that runs these tests.

test.each([
	[
		"every kind of component",
		mixedSubject,
		"spdx-json",
		"845d0b61810c3911de42d06b3055a42478e6f26d5b94f492c81afb09d7e6ae9e",
	],
	[
		"every kind of component",
		mixedSubject,
		"cyclonedx-json",
		"ab041983a2c8f869b5213fa6220a0c583e8c1267fd771d745e9904d563b03bb1",
	],
	[
		"two containers",
		doubleSubject,
		"spdx-json",
		"cf93f58610609b3b15f892cb52b6cb25cef518de106933419f9ada5e50931ee6",
	],
	[
		"two containers",
		doubleSubject,
		"cyclonedx-json",
		"57676db514e51a3b2d5466fc38d9d0ada5fb338a1ddd5699dc581a82ef94535c",
	],
	[
		"hostile names",
		hostileSubject,
		"spdx-json",
		"453966bfa0b738ba7820e0bebe292fb4392000ffbde4c2dee149c3f8ef2cd3a7",
	],
	[
		"hostile names",
		hostileSubject,
		"cyclonedx-json",
		"6827cd895ac0a747ca98967f454a7a9b32bc7b1b0d61ba4ae6cc4ae0d49c84ee",
	],
] as const)("%s", (_, make, format, expected) => {
	expect(sha256Hex(encodeSbom(make(), format))).toBe(expected);
});

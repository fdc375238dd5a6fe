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
		"efc9608aa9601cb770e61b9f3044c786fd792735bcbeba42370200ec43f79472",
	],
	[
		"every kind of component",
		mixedSubject,
		"cyclonedx-json",
		"1b5acc2c7673c54b04fa49e306e307f08cd1c0fb5875d270c8112a27582a1d34",
	],
	[
		"two containers",
		doubleSubject,
		"spdx-json",
		"a2d0c80cf6bae67e8b8f42adad530b66a1c92086c72a3b658402b6183f0bd218",
	],
	[
		"two containers",
		doubleSubject,
		"cyclonedx-json",
		"e0e8c793154f4ba72ac96b57a6d1783c52a98eff73b5894bc5e2d23688d14032",
	],
	[
		"hostile names",
		hostileSubject,
		"spdx-json",
		"baa22d90a5eb74228f38fe12a3d698bc18e5df355cf3c1618b5434497d8b72ac",
	],
	[
		"hostile names",
		hostileSubject,
		"cyclonedx-json",
		"ff1296da5121104dbf4683d82dc45e647c84716e5dcf0c4a67f45261c3d52d25",
	],
] as const)("%s", (_, make, format, expected) => {
	expect(sha256Hex(encodeSbom(make(), format))).toBe(expected);
});

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
		"12d71a14a2e0702dd1af4859a884c27fa47904f5519570d75737a9334438fe5c",
	],
	[
		"every kind of component",
		mixedSubject,
		"cyclonedx-json",
		"93c37850bf8da52c6c42f90ae762e2ef13da3cafeddf5bd1401ad482ab11d16d",
	],
	[
		"two containers",
		doubleSubject,
		"spdx-json",
		"10f0537c69a693ab93b1b1d458628b0c10516a551cb9cc69a5e7fc1f50c08c5a",
	],
	[
		"two containers",
		doubleSubject,
		"cyclonedx-json",
		"b7009f02a52a0856b44107e6946973df2e130f529c643ecb6e7a122962eeeeda",
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

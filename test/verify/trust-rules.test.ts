import { describe, expect, test } from "vitest";
import type { Trust, VerifiedSignature } from "../../src/pantavisor/signing/index.js";
import { parseState } from "../../src/pantavisor/state/index.js";
import type { SigningScope } from "../../src/verify/policy.js";
import { judgeTrust } from "../../src/verify/trust-rules.js";

const trust: Trust = { publicKeys: [] };
const anywhere: SigningScope = { trusts: [trust], covers: () => true };
const STATE = {
	"#spec": "pantavisor-service-system@1",
	"_sigs/web.json": {},
	"web/run.json": {},
	"web/src.json": {},
	"web/secret": {},
};

/** A signature that covers some keys, without some others, and somebody who is trusted has made. */
function signature(included: readonly string[], excluded: readonly string[] = []): VerifiedSignature {
	const covering = {
		included: (key: string) => included.includes(key),
		excluded: (key: string) => excluded.includes(key),
	};
	return { key: "_sigs/web.json", signature: covering as VerifiedSignature["signature"], trustedBy: [trust] };
}

function judge(
	state: object,
	signatures: readonly VerifiedSignature[],
	{
		scopes = [anywhere],
		allowed = () => false,
	}: { scopes?: SigningScope[]; allowed?: (key: string) => boolean } = {},
): string {
	const verdict = judgeTrust(parseState(JSON.stringify(state), "state"), signatures, scopes, allowed);
	return [verdict.level, ...verdict.findings.map(({ code, subject }) => `${code} ${subject}`)].join(", ");
}

const all = ["web/run.json", "web/secret"];

describe("what a trusted signature has to cover", () => {
	test("is all but what no device starts: #spec, signatures, and src.json beside a covered run.json", () => {
		expect(judge(STATE, [signature(all)])).toBe("full");
	});

	test("is not covered by a pattern that leaves it out again", () => {
		expect(judge(STATE, [signature(all, ["web/secret"])])).toBe("failed, TRUST_UNCOVERED web/secret");
	});

	test("is src.json, too, where run.json is not covered", () => {
		expect(judge(STATE, [signature(["web/secret"])])).toBe(
			"failed, TRUST_UNCOVERED web/run.json, TRUST_UNCOVERED web/src.json",
		);
	});

	test("is a mapping that maps something, and none that is empty", () => {
		const mappings = { ...STATE, "empty-mapping.json": {}, "disk-mapping.json": { a: "b" } };
		expect(judge(mappings, [signature(all)])).toBe("failed, TRUST_UNCOVERED disk-mapping.json");
	});

	test("is what its signer may sign, and nothing else", () => {
		const scope: SigningScope = { trusts: [trust], covers: (key) => key === "web/run.json" };
		expect(judge(STATE, [signature(all)], { scopes: [scope] })).toBe("failed, TRUST_UNCOVERED web/secret");
		const others: SigningScope = { trusts: [{ publicKeys: [] }], covers: () => true };
		expect(judge(STATE, [signature(all)], { scopes: [others] })).toContain("TRUST_UNCOVERED web/run.json");
	});

	test("may be allowed to be without, which is noted", () => {
		const allowed = (key: string) => key === "web/secret";
		expect(judge(STATE, [signature(["web/run.json"])], { allowed })).toBe(
			"partial, TRUST_ALLOWED web/secret",
		);
	});
});

test("a signature that does not hold fails the whole, whatever others cover", () => {
	const broken: VerifiedSignature = { key: "_sigs/x.json", error: new Error("bad"), trustedBy: [] };
	expect(judge(STATE, [signature(all), broken])).toBe("failed");
});

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { jsonObject, type PlainJson, parseJson } from "../../../src/ground/json/index.js";
import { type LaidState, layPackage, layRemoval } from "../../../src/pantavisor/rules/index.js";
import { encodeState, parseState, type State } from "../../../src/pantavisor/state/index.js";
import { importPackage, removePart } from "../../support/device-importer.js";
import { importerCases } from "../../support/device-states.js";

function state(members: { readonly [key: string]: PlainJson }): State {
	return jsonObject({ "#spec": "pantavisor-service-system@1", ...members }) as State;
}

function signature(include: readonly string[], exclude: readonly string[]): PlainJson {
	const header = { alg: "RS256", pvs: { include, exclude }, typ: "PVS" };
	return { "#spec": "pvs@2", protected: Buffer.from(JSON.stringify(header)).toString("base64url") };
}

function keys({ state: laid }: LaidState): string[] {
	return [...laid.keys()];
}

const [OLD, NEW] = ["0".repeat(64), "1".repeat(64)];

describe("a package laid into a device's state", () => {
	test("replaces a signed container with all that its old signature names", () => {
		const running = state({
			"_sigs/web.json": signature(["web/**"], ["web/src.json", "_sigs/web.json"]),
			"app/run.json": OLD,
			"web/old.txt": OLD,
			"web/run.json": OLD,
			"web/src.json": OLD,
		});
		const incoming = state({ "_sigs/web.json": signature(["web/**"], []), "web/run.json": NEW });
		const laid = layPackage(running, incoming);
		expect(keys(laid)).toEqual(["#spec", "_sigs/web.json", "app/run.json", "web/run.json"]);
		expect(laid.state.get("web/run.json")).toBe(NEW);
		expect(laid.removed).toEqual(["_sigs/web.json", "web/old.txt", "web/run.json", "web/src.json"]);
	});

	test("leaves the stale files of an unsigned container", () => {
		const laid = layPackage(
			state({ "web/old.txt": OLD, "web/run.json": OLD }),
			state({ "web/run.json": NEW }),
		);
		expect(keys(laid)).toEqual(["#spec", "web/old.txt", "web/run.json"]);
		expect(laid.removed).toEqual(["web/run.json"]);
	});

	test("removes the keys that begin with a key of the package", () => {
		const laid = layPackage(state({ "web/a": OLD, "web/ab": OLD }), state({ "web/a": NEW }));
		expect(laid.removed).toEqual(["web/a", "web/ab"]);
	});

	test("removes the other unsigned containers where the old signature has a pattern that begins with *", () => {
		const running = state({ "_sigs/web.json": signature(["web/**"], ["**/src.json"]), "app/run.json": OLD });
		const laid = layPackage(running, state({ "_sigs/web.json": signature(["web/**"], []) }));
		expect(laid.removed).toContain("app/run.json");
	});

	test("keeps a key that more signatures cover, and writes it twice", () => {
		const running = state({
			"_sigs/a.json": signature(["web/**"], []),
			"_sigs/b.json": signature(["web/**"], []),
			"web/run.json": OLD,
		});
		const laid = layPackage(running, state({ "web/run.json": NEW }));
		expect(laid.doubled).toEqual(["web/run.json"]);
		expect(laid.state.get("web/run.json")).toBe(NEW);
	});

	test("loses a first key that is not #spec", () => {
		const laid = layPackage(state({}), state({ "!first": OLD, "web/run.json": OLD }));
		expect(keys(laid)).toEqual(["#spec", "web/run.json"]);
	});

	test("is refused where a signature cannot be decoded", () => {
		const bad = state({ "_sigs/web.json": { protected: "e3" } });
		expect(() => layPackage(bad, state({}))).toThrow(/_sigs\/web\.json: read signature/);
		expect(() => layPackage(state({}), bad)).toThrow(/_sigs\/web\.json: read signature/);
	});

	test("takes time that grows with the states, not with their product", () => {
		const many = Object.fromEntries(Array.from({ length: 20_000 }, (_, i) => [`web/${i}`, OLD]));
		expect(layPackage(state(many), state(many)).state.size).toBe(20_001);
	});

	test("is what the model of the importer makes of 500 generated states and packages", () => {
		fc.assert(
			fc.property(importerCases, ({ running, incoming }) => {
				const laid = layPackage(parseState(running, "running"), parseState(incoming, "incoming"));
				const text = importPackage(running, incoming);
				expect(encodeState(laid.state)).toBe(encodeState(parseJson(text, "model") as unknown as State));
				const written = [...text.matchAll(/"(?:web|app|db|bsp|_)[^"]*":/g)].length;
				expect(written).toBe(laid.state.size - 1 + laid.doubled.length);
			}),
			{ numRuns: 500 },
		);
	});

	test("loses a part as the model of the importer has it", () => {
		fc.assert(
			fc.property(
				importerCases,
				fc.constantFrom("web", "app", "_config/web", "_sigs/web.json", "no"),
				(made, part) => {
					const laid = layRemoval(parseState(made.running, "running"), part);
					expect(encodeState(laid.state)).toBe(removePart(made.running, part));
				},
			),
		);
	});
});

test("words of a header that stand for more patterns than any package has are refused, not multiplied", () => {
	const words = Buffer.from(JSON.stringify(Array(20_000).fill("include"))).toString("base64url");
	const hostile = state({ "_sigs/a.json": { "#spec": "pvs@2", protected: words } });
	const refusal = { code: "ERR_STATE", message: expect.stringContaining("the limit of 65536") };
	expect(() => layPackage(state({}), hostile)).toThrowError(expect.objectContaining(refusal));
	expect(() => layPackage(hostile, state({}))).toThrowError(expect.objectContaining(refusal));
});

import { describe, expect, test } from "vitest";
import { jsonObject, type PlainJson } from "../../src/ground/json/index.js";
import type { State } from "../../src/pantavisor/state/index.js";
import { verifyAgainst } from "../../src/verify/index.js";
import { makePackage, webPart } from "../support/packages.js";

const [OLD, NEW] = ["0".repeat(64), "1".repeat(64)];

function state(members: { readonly [key: string]: PlainJson }): State {
	return jsonObject({ "#spec": "pantavisor-service-system@1", ...members }) as State;
}

function codes({ findings }: Awaited<ReturnType<typeof verifyAgainst>>): string[] {
	return findings.map(({ code, subject }) => `${code} ${subject}`);
}

function signature(include: readonly string[], exclude: readonly string[]): PlainJson {
	const header = { alg: "RS256", pvs: { include, exclude }, typ: "PVS" };
	return { protected: Buffer.from(JSON.stringify(header)).toString("base64url") };
}

describe("a package against a device's state", () => {
	test("adds its keys and leaves the others", async () => {
		const { state: web } = makePackage(webPart());
		const report = await verifyAgainst(state({ "bsp/run.json": { a: "b" } }), [web]);
		expect(report.added).toEqual([...web.keys()].filter((key) => key !== "#spec").sort());
		expect([report.changed, report.removed]).toEqual([[], []]);
		expect(report.ok).toBe(true);
	});

	test("does not repeat what was wrong with the device's state before", async () => {
		const running = state({ "odd.json": "a text" });
		const { findings } = await verifyAgainst(running, [state({ "app/x": NEW })]);
		expect(findings.filter(({ subject }) => subject === "odd.json")).toEqual([]);
	});

	test("finds what the importer takes away from other parts", async () => {
		const running = state({ "_sigs/web.json": signature(["web/**"], ["**/src.json"]), "app/x": OLD });
		const report = await verifyAgainst(running, [state({ "_sigs/web.json": signature(["web/**"], []) })]);
		expect(report.ok).toBe(false);
		expect(codes(report)).toContain("AGAINST_LOST app/x");
		expect(report.removed).toEqual(["app/x"]);
	});

	test("finds what the importer writes twice", async () => {
		const running = state({
			"_sigs/a.json": signature(["web/**"], []),
			"_sigs/b.json": signature(["web/**"], []),
			"web/x": OLD,
		});
		expect(codes(await verifyAgainst(running, [state({ "web/x": NEW })]))).toContain("AGAINST_TWICE web/x");
	});

	test("warns of files that are left over, and not of configuration that belongs to the user", async () => {
		const running = state({ "web/old": OLD, "_config/web/etc/x": OLD });
		const report = await verifyAgainst(running, [state({ "web/new": NEW })]);
		expect(codes(report).filter((code) => code.startsWith("AGAINST"))).toEqual(["AGAINST_STALE web/old"]);
		expect(report.ok).toBe(true);
	});

	test("lays several packages one after the other", async () => {
		const report = await verifyAgainst(state({}), [state({ "web/x": OLD }), state({ "web/x": NEW })]);
		expect(report.state.get("web/x")).toBe(NEW);
	});
});

import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { sha256Hex } from "../../../src/ground/bytes/index.js";
import { renderLxcConfig } from "../../../src/pantavisor/lxc/index.js";
import { lintState } from "../../../src/pantavisor/rules/index.js";
import { createRunManifest } from "../../../src/pantavisor/run/index.js";
import {
	coverageOf,
	encodePayload,
	lintSignature,
	parseCertificates,
	parseSignature,
	signatureKeys,
	signatureSelection,
	verifyState,
} from "../../../src/pantavisor/signing/index.js";
import {
	listGroups,
	parseSourceManifest,
	sourceManifestValue,
} from "../../../src/pantavisor/source/index.js";
import { encodeState, objectReference, parseState, type State } from "../../../src/pantavisor/state/index.js";
import { FIELDS, type Field, tarMembers } from "../../support/field.js";

/** The text of a state, and of the state in an archive. */
const STATES: Readonly<Record<string, (field: Field) => Buffer>> = {
	"drivers.json": (field) => field.read("drivers.json"),
	"device.json": (field) => field.read("device.json"),
	"configured.json": (field) => field.read("configured.json"),
	"plain.json": (field) => field.read("plain.json"),
	"separately-signed.json": (field) => field.read("separately-signed.json"),
	"signed.tgz": (field) => tarMembers(gunzipSync(field.read("signed.tgz"))).get("json")!,
	"unsigned.tar": (field) => tarMembers(field.read("unsigned.tar")).get("json")!,
};
const CASES = FIELDS.flatMap((field) =>
	Object.keys(STATES).map((name) => ({ name, field, label: field.label })),
);
/** Line order of the pvr that made them (docs/formats/pvr.md). */
const HEAD = ["drivers.json", "device.json", "separately-signed.json"];

const SIGNATURES: Readonly<Record<string, number>> = {
	"drivers.json": 1,
	"device.json": 5,
	"configured.json": 1,
	"plain.json": 1,
	"separately-signed.json": 2,
	"signed.tgz": 1,
	"unsigned.tar": 0,
};

describe.each(CASES)("field state $name, $label", ({ name, field }) => {
	const load = (): State => parseState(STATES[name]!(field), name);

	test("is canonical again", () => {
		const text = STATES[name]!(field).toString().trimEnd();
		expect(encodeState(parseState(encodeState(load()), name))).toBe(encodeState(load()));
		if (name.endsWith("gz") || name.endsWith("tar")) expect(encodeState(load())).toBe(text);
	});

	test("has the lxc.container.conf and run.json that its src.json renders to", () => {
		const state = load();
		const sources = [...state].filter(([key]) => key.endsWith("/src.json") && !key.startsWith("bsp/"));
		expect(sources.length).toBeGreaterThan(0);
		for (const [key, value] of sources) {
			const container = key.slice(0, -"/src.json".length);
			const source = parseSourceManifest(value, key);
			const run = state.get(`${container}/run.json`) as Map<string, string>;
			const input = { name: container, source, group: run.get("group") };
			const conf = renderLxcConfig({ ...input, ...(HEAD.includes(name) && { compat: "036" as const }) });
			expect(sha256Hex(conf!)).toBe(objectReference(state.get(`${container}/lxc.container.conf`)));
			expect(encodeState(createRunManifest(input))).toBe(encodeState(run));
			expect(encodeState(sourceManifestValue(source))).toBe(encodeState(value as State));
		}
	});

	test("its signatures hold, at the time they were made and on devices", () => {
		const state = load();
		const authorities = parseCertificates(field.read("ca-certificates.crt"), "ca");
		for (const time of [undefined, Date.UTC(2023, 5, 1)]) {
			for (const { key, error } of verifyState(state, { authorities, time })) {
				if (key === "_sigs/_hostconfig.json") expect(error).toMatchObject({ code: "ERR_SIGNATURE" });
				else expect([key, error]).toEqual([key, undefined]);
			}
		}
		for (const { error } of verifyState(state, { authorities, time: Date.UTC(2030, 1, 1) })) {
			expect(error?.message).toMatch(/expired on .* \(--no-dates /);
		}
	});

	test("covers what its signatures name", () => {
		const state = load();
		const signatures = signatureKeys(state).map((key) => parseSignature(state, key));
		expect(signatures.length).toBe(SIGNATURES[name]);
		const coverage = coverageOf(state, signatures);
		expect([...coverage.protected, ...coverage.excluded, ...coverage.notseen].sort()).toEqual(
			[...state.keys()].sort(),
		);
		for (const signature of signatures) {
			const covered = Object.keys(JSON.parse(encodePayload(state, signatureSelection(signature))));
			expect(coverage.protected).toEqual(expect.arrayContaining(covered));
		}
	});

	test("has nothing that a device would refuse", () => {
		const state = load();
		expect(lintState(state).filter(({ severity }) => severity === "error")).toEqual([]);
		const findings = signatureKeys(state).flatMap((key) => lintSignature(state, parseSignature(state, key)));
		expect(findings.filter(({ code }) => code !== "SIGNATURE_EMPTY")).toEqual([]);
	});
});

test.each(FIELDS)("the groups of a device.json, $label", (field) => {
	expect(listGroups(parseState(field.read("device.json"), "state"))).toEqual([
		"data",
		"root",
		"platform",
		"app",
	]);
});

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
import { haveField, readField, tarMembers } from "../../support/field.js";

const STATES: Readonly<Record<string, () => Buffer>> = {
	"awconnect.json": () => readField("awconnect.json"),
	"initial_state.json": () => readField("initial_state.json"),
	"pvws_with_config.json": () => readField("pvws_with_config.json"),
	"pvws_without_config.json": () => readField("pvws_without_config.json"),
	"state-1.json": () => readField("state-1.json"),
	"pvwificonnect.tgz": () => tarMembers(gunzipSync(readField("pvwificonnect.tgz"))).get("json")!,
	"watchdog_pinger.tar": () => tarMembers(readField("watchdog_pinger.tar")).get("json")!,
};
/** Line order of the pvr that made them (spec/pvr-behaviour.md 14.1). */
const HEAD = ["awconnect.json", "initial_state.json", "state-1.json"];

const SIGNATURES: Readonly<Record<string, number>> = {
	"awconnect.json": 1,
	"initial_state.json": 5,
	"pvws_with_config.json": 1,
	"pvws_without_config.json": 1,
	"state-1.json": 2,
	"pvwificonnect.tgz": 1,
	"watchdog_pinger.tar": 0,
};

describe.skipIf(!haveField).each(Object.keys(STATES))("field state %s", (name) => {
	const load = (): State => parseState(STATES[name]!(), name);

	test("is canonical again", () => {
		const text = STATES[name]!().toString().trimEnd();
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
		const authorities = parseCertificates(readField("ca-certificates.crt"), "ca");
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

test.skipIf(!haveField)("the groups of a real device.json", () => {
	expect(listGroups(parseState(readField("initial_state.json"), "state"))).toEqual([
		"data",
		"root",
		"platform",
		"app",
	]);
});

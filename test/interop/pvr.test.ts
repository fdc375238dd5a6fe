import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { gunzipSync } from "node:zlib";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { encodeCanonicalJson, encodeIndentedJson, parseJson } from "../../src/ground/json/index.js";
import { readCheckout, writeCheckout } from "../../src/pantavisor/checkout/index.js";
import { renderLxcConfig } from "../../src/pantavisor/lxc/index.js";
import { readArchive, writeArchive } from "../../src/pantavisor/package/index.js";
import { createRunManifest, encodeRunManifestText } from "../../src/pantavisor/run/index.js";
import {
	coverageOf,
	generateDevelopmentKeys,
	localSigner,
	parseCertificates,
	parsePrivateKey,
	parseSignature,
	partSelection,
	rawSelection,
	signatureKeys,
	signatureListing,
	signState,
	updateSignatures,
	verifyState,
} from "../../src/pantavisor/signing/index.js";
import { parseSourceManifest } from "../../src/pantavisor/source/index.js";
import { encodeState } from "../../src/pantavisor/state/index.js";
import { MemorySink } from "../support/memory-sink.js";
import { needs } from "../support/needs.js";
import { makePackage, webPart } from "../support/packages.js";
import { run } from "../support/programs.js";

let home: string;
beforeAll(() => {
	home = mkdtempSync(join(tmpdir(), "pvpkg-pvr-"));
});
afterAll(() => rmSync(home, { recursive: true }));

/** Runs pvr in a checkout; its standard output. */
function pvr(directory: string, ...args: readonly string[]): string {
	const env = {
		...process.env,
		HOME: home,
		PVR_CONFIG_DIR: join(home, ".pvr"),
		PVR_DISABLE_SELF_UPGRADE: "true",
	};
	return execFileSync("pvr", args, {
		cwd: directory,
		env,
		stdio: ["ignore", "pipe", "ignore"],
		encoding: "utf8",
	});
}

function place(name: string, bytes: string | Uint8Array): string {
	const path = join(home, name);
	mkdirSync(dirname(path), { recursive: true });
	writeFileSync(path, bytes);
	return path;
}

const keys = await generateDevelopmentKeys({
	commonName: "signer",
	authorityName: "authority",
	notBefore: new Date("2020-01-01T00:00:00Z"),
	notAfter: new Date("2049-12-31T00:00:00Z"),
});
const key = parsePrivateKey(keys.key, "key");
const signer = localSigner(key, parseCertificates(keys.chain, "chain"));

// pvr is not packaged anywhere: the tests run where somebody has put it on PATH.
needs("pvr").describe("pvr itself", () => {
	const checkout = (name: string): string => {
		const { state, objects } = makePackage(webPart());
		writeCheckout(join(home, name), state, objects, { force: true });
		return join(home, name);
	};
	const signing = (): string[] => [
		...["--key", place("key.pem", keys.key)],
		...["--x5c", place("chain.pem", keys.chain)],
		...["--cacerts", place("authority.pem", keys.authority)],
	];

	test("finds our checkout clean, before and after committing it again", () => {
		const directory = checkout("clean");
		expect(pvr(directory, "status").trim()).toBe("");
		const before = readFileSync(join(directory, ".pvr/json"), "utf8");
		pvr(directory, "add", ".");
		pvr(directory, "commit", "-m", "again");
		expect(readFileSync(join(directory, ".pvr/json"), "utf8").replace('"Entrypoint":null,', "")).toBe(
			before.replace('"Entrypoint":null,', ""),
		);
	});

	test("writes the canonical JSON that we write", () => {
		const directory = checkout("canonical");
		const text = `{"b":[1.0,0.1,1.5,0.015,12.5,123.456,1E+3,-0.0,100],"a":{"😀":1,"\uffff":2,"<&>":"\\u001b\\b\\f\\u2028"},"":true}`;
		writeFileSync(join(directory, "web/odd.json"), text);
		pvr(directory, "add", ".");
		pvr(directory, "commit");
		const state = readFileSync(join(directory, ".pvr/json"), "utf8");
		expect(state).toContain(`"web/odd.json":${encodeCanonicalJson(parseJson(text, "odd"))}`);
	});

	test.each([
		["a part", ["--part", "web"], partSelection("web")],
		[
			"a part without its configuration",
			["--noconfig", "--part", "web"],
			partSelection("web", { noConfig: true }),
		],
		[
			"by patterns",
			["--part", "web", "--include", "run.json", "--exclude", "x<y"],
			partSelection("web", { include: ["run.json"], exclude: ["x<y"] }),
		],
	])("signs %s with our bytes", async (_, flags, selection) => {
		const directory = checkout("sign");
		pvr(directory, "sig", ...signing(), "add", ...flags);
		const committed = readCheckout(directory);
		const signed = await signState(committed.state, { name: "web", selection }, signer);
		expect(readFileSync(join(directory, "_sigs/web.json"), "utf8")).toBe(
			encodeCanonicalJson(signed.get("_sigs/web.json")!),
		);
	});

	test("lists our signatures as we do, and verifies them", async () => {
		const { state, objects } = makePackage(webPart());
		const signed = await signState(state, { name: "web", selection: partSelection("web") }, signer);
		const directory = join(home, "list");
		writeCheckout(directory, signed, objects, { force: true });
		const signatures = signatureKeys(signed).map((name) => parseSignature(signed, name));
		for (const withSignatures of [false, true]) {
			const listing = signatureListing(coverageOf(signed, signatures), signatures, { withSignatures });
			const flags = withSignatures ? ["--with-sigs"] : [];
			expect(pvr(directory, "sig", ...signing(), "ls", ...flags).trim()).toBe(
				encodeIndentedJson(listing, "    "),
			);
		}
	});

	test("refuses what was changed after we signed it", async () => {
		const { state, objects } = makePackage(webPart());
		const signed = await signState(state, { name: "web", selection: partSelection("web") }, signer);
		const directory = join(home, "changed");
		writeCheckout(directory, new Map([...signed, ["web/new.json", []]]), objects, { force: true });
		expect(() => pvr(directory, "sig", ...signing(), "ls")).toThrow();
	});

	test.each(["P-256", "P-384"])(
		"makes signatures by EC on %s that hold here, and the other way round",
		async (curve) => {
			const pem = run("openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", `ec_paramgen_curve:${curve}`);
			const ec = parsePrivateKey(pem, "key");
			const publicPem = ec.publicKey.export({ type: "spki", format: "pem" }) as string;
			const flags = ["--key", place("ec.pem", pem), "--x5c", "no", "--pubkey", place("ec.pub", publicPem)];
			const directory = checkout("ec");
			pvr(directory, "sig", ...flags, "add", "--part", "web");
			pvr(directory, "add", ".");
			pvr(directory, "commit");
			const { state } = readCheckout(directory);
			expect(verifyState(state, { publicKeys: [ec.publicKey] }).map(({ error }) => error)).toEqual([
				undefined,
			]);
			const ours = makePackage(webPart());
			const task = { name: "web", selection: rawSelection("web", { include: ["web/**", "#spec"] }) };
			writeCheckout(directory, await signState(ours.state, task, localSigner(ec)), ours.objects);
			expect(JSON.parse(pvr(directory, "sig", ...flags, "ls")).protected).toContain("#spec");
		},
	);

	test("updates signatures as we do", async () => {
		const directory = checkout("update");
		pvr(directory, "sig", ...signing(), "add", "--part", "web");
		writeFileSync(join(directory, "web/more.json"), "{}");
		pvr(directory, "add", ".");
		pvr(directory, "commit");
		const ours = await updateSignatures(readCheckout(directory).state, signer);
		pvr(directory, "sig", ...signing(), "update");
		expect(readFileSync(join(directory, "_sigs/web.json"), "utf8")).toBe(
			encodeCanonicalJson(ours.state.get("_sigs/web.json")!),
		);
	});

	test("exports what we export, and imports our packages", async () => {
		const directory = checkout("export");
		const package_ = join(home, "theirs.tgz");
		pvr(directory, "export", package_);
		const theirs = await readArchive(package_, { temporaryDirectory: home });
		const { state, objects, close } = readCheckout(directory);
		expect(encodeState(theirs.state)).toBe(encodeState(state));
		expect([...theirs.objects.keys()].sort()).toHaveLength(theirs.objects.size);
		const sink = new MemorySink();
		await writeArchive(state, objects, sink);
		expect(gunzipSync(sink.bytes).length).toBe(gunzipSync(readFileSync(package_)).length);
		expect(sink.bytes.subarray(0, 10)).toEqual(readFileSync(package_).subarray(0, 10));
		close();
		theirs.close();
		const other = join(home, "imported");
		mkdirSync(other);
		pvr(other, "init");
		pvr(other, "import", place("ours.tgz", sink.bytes));
		pvr(other, "checkout");
		expect(readFileSync(join(other, ".pvr/json"), "utf8")).toBe(encodeState(state));
		for (const name of ["web/run.json", "web/src.json", "web/lxc.container.conf", "web/root.squashfs"]) {
			expect(readFileSync(join(other, name)).equals(readFileSync(join(directory, name)))).toBe(true);
		}
	});

	test("renders what we render as 036", () => {
		const directory = checkout("render");
		const digest = JSON.parse(readFileSync(join(directory, "web/src.json"), "utf8")).docker_digest;
		fc.assert(
			fc.property(sources, (members) => {
				const text = JSON.stringify({
					"#spec": "service-manifest-src@1",
					template: "builtin-lxc-docker",
					docker_name: "reg/web",
					docker_tag: "1",
					docker_source: "remote,local",
					docker_digest: digest,
					...members,
				});
				writeFileSync(join(directory, "web/src.json"), text);
				pvr(directory, "app", "install", "web");
				const input = { name: "web", source: parseSourceManifest(text, "src.json"), compat: "036" as const };
				expect(readFileSync(join(directory, "web/lxc.container.conf"), "utf8")).toBe(renderLxcConfig(input));
				expect(readFileSync(join(directory, "web/run.json"), "utf8")).toBe(
					encodeRunManifestText(createRunManifest(input)),
				);
			}),
			{ numRuns: 60 },
		);
	});
});

const word = fc.stringMatching(/^[a-z0-9_.=-]{1,8}$/);
const path = fc
	.array(fc.stringMatching(/^[a-z0-9_]{1,8}$/), { minLength: 1, maxLength: 3 })
	.map((words) => `/${words.join("/")}`);
const list = fc.array(word, { maxLength: 3 });
const flag = fc.constantFrom("", "no", "1", true, false, 0, 7);
const optional = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
	fc.option(value, { nil: undefined, freq: 1 });
const command = fc.oneof(
	fc.constant(null),
	fc.string(),
	list,
	fc.array(fc.constantFrom("", "a", "b c", '"', "$x"), { maxLength: 4 }),
);

/** Everything that decides a rendering, where pvr 036 does something sensible. */
const sources = fc.record({
	docker_config: fc.record(
		{
			Entrypoint: command.filter(isPlain),
			Cmd: command.filter(isPlain),
			Env: list.map((names) => names.map((name) => `E${name}=x y`)),
			WorkingDir: fc.oneof(fc.constant(""), path),
			Volumes: fc.oneof(fc.constant(null), fc.dictionary(path, fc.constant({}), { maxKeys: 3 })),
		},
		{ requiredKeys: ["Env"] },
	),
	config: optional(fc.record({ Cmd: list, WorkingDir: path }, { requiredKeys: [] })),
	persistence: optional(
		fc.constantFrom({ "/data/": "boot" }, { "/log": "revision@sd", "lxc-overlay": "permanent@x" }),
	),
	dm_enabled: optional(fc.record({ "root.squashfs": fc.boolean() })),
	exports: optional(list),
	logs: optional(fc.constant([{ type: "stdout", "<": [] }])),
	args: fc.record(
		{
			...Object.fromEntries(FLAGS().map((name) => [name, flag])),
			LXC_TTY_MAX: fc.constantFrom("", "4", 12, null),
			LXC_MOUNT_AUTO_SYS: fc.constantFrom("", "sys:ro", null),
			PV_LXC_NAMESPACE_KEEP: fc.constantFrom("", "user"),
			PV_LXC_NETWORK_TYPE: fc.constantFrom("", "host", "empty", "veth", "phys", "other"),
			PV_LXC_NETWORK_IPV4_ADDRESS: fc.constantFrom("", "10.0.3.1/24"),
			PV_LXC_NETWORK_IPV4_GATEWAY: fc.constantFrom("", "10.0.3.2"),
			PV_LXC_NETWORK_LINK: fc.constant("eth1"),
			PV_RUN_TMPFS_PATH: fc.constantFrom("", "var/run", null),
			PV_LXC_CAP_DROP: list,
			PVR_LXC_CGROUP_DEVICES_WHITE: list,
			PV_LXC_EXTRA_CONF: fc.constantFrom("", "a = b\nc = d"),
			PV_FILEIMPORTS: fc.constantFrom("", "a:b", "/x,y:z"),
			PV_VOLUME_MOUNTS: fc.constantFrom("", "v.squashfs:opt/v"),
			PV_VOLUME_IMPORTS: fc.subarray(["db:/a/:/b", "db:s@/a:c:ro", "x:y:z:"]),
			PV_GROUP: fc.constantFrom("", "app"),
			PV_RESTART_POLICY: fc.constantFrom("", "system"),
			PV_STATUS_GOAL: fc.constantFrom("", "STARTED"),
			PV_CONDITIONS: fc.constantFrom([], [{ b: 1.5, a: "<>" }]),
			PV_DRIVERS_MANUAL: list,
			PV_ROLES: list,
		},
		{ requiredKeys: ["PV_LXC_NETWORK_LINK"] },
	),
});

/** Texts that stay on one line, in both tools. */
function isPlain(value: unknown): boolean {
	return !/[\x00-\x1f\x7f]/.test(JSON.stringify(value)) && !/\\[^"\\]/.test(JSON.stringify(value));
}

function FLAGS(): string[] {
	return [
		"PV_DEBUG_MODE",
		"PV_LXC_DISABLE_CONSOLE",
		"PV_DISABLE_AUTODEV",
		"PV_SECURITY_FULLDEV",
		"PV_SECURITY_WITH_HOST",
		"PV_SECURITY_WITH_HOSTPROC",
		"PV_SECURITY_WITH_STORAGE",
		"PV_RESOLV_CONF_DISABLE",
		"PV_RUN_TMPFS_DISABLE",
	];
}

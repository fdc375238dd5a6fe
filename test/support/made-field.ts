import { createHash, createSign, generateKeyPairSync, type KeyObject } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import forge from "node-forge";
import {
	type FieldContainer,
	NAMES,
	PANEL,
	PINGER,
	PROXY,
	RADIO,
	TOOLS,
	UPLINK,
} from "./field-containers.js";
import { file, directory as folder } from "./inodes.js";
import { imageBytes } from "./squashfs-images.js";

// Exports and states of the shapes that pvr leaves in the field. They are written here byte by byte, with
// JSON.stringify, node:crypto and header fields of their own, so that our readers, renderers and signatures
// are compared with something that they did not make.

type State = Record<string, unknown>;

const SPEC = { "#spec": "pantavisor-service-system@1" };
const sha256 = (bytes: string | Uint8Array): string => createHash("sha256").update(bytes).digest("hex");
const sorted = (members: State): State => Object.fromEntries(Object.entries(members).sort(byName));
const byName = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number => (a < b ? -1 : 1);

/** As JSON.stringify, with the members of every object in byte order. */
function canonical(value: unknown): string {
	return JSON.stringify(value, (_, inner) =>
		inner !== null && typeof inner === "object" && !Array.isArray(inner) ? sorted(inner) : inner,
	);
}

/** Members of a state for one container, and its objects by digest. */
function containerMembers(
	{ name, source, run, conf }: FieldContainer,
	image: Uint8Array = Buffer.from(name),
): readonly [State, Map<string, Uint8Array>] {
	const digest = `sha256:${sha256(name)}`;
	const objects = new Map([conf, image, digest].map((bytes) => [sha256(bytes), Buffer.from(bytes)]));
	const [configured, imaged, digested] = objects.keys();
	const members = {
		[`${name}/lxc.container.conf`]: configured,
		[`${name}/root.squashfs`]: imaged,
		[`${name}/root.squashfs.docker-digest`]: digested,
		[`${name}/run.json`]: {
			"#spec": "service-manifest-run@1",
			config: "lxc.container.conf",
			drivers: { manual: [], optional: [], required: [] },
			name,
			"root-volume": "root.squashfs",
			storage: { "lxc-overlay": { persistence: "boot" } },
			type: "lxc",
			volumes: [],
			...run,
		},
		[`${name}/src.json`]: {
			"#spec": "service-manifest-src@1",
			...source,
			docker_digest: `registry.example.com/${name}@${digest}`,
			docker_name: `registry.example.com/${name}`,
			docker_source: "remote,local",
			docker_tag: "arm32v6",
			template: "builtin-lxc-docker",
		},
	};
	return [members, objects];
}

/** A development CA, and a signer below it whose certificate ran out in September 2024. */
class Signer {
	readonly authority: string;
	readonly #key: KeyObject;
	readonly #certificate: string;

	constructor() {
		const [ca, own] = [0, 1].map(() => generateKeyPairSync("rsa", { modulusLength: 2048 }));
		const authority = certificate("Development CA", "Development CA", ca!, ca!.privateKey, "2032-06-08", [
			{ name: "basicConstraints", cA: true },
		]);
		this.#key = own!.privateKey;
		this.authority = forge.pki.certificateToPem(authority);
		const signing = certificate("developer-01", "Development CA", own!, ca!.privateKey, "2024-09-14", [
			{ name: "basicConstraints", cA: false },
			{ name: "extKeyUsage", codeSigning: true },
			{ name: "keyUsage", digitalSignature: true },
		]);
		const der = forge.asn1.toDer(forge.pki.certificateToAsn1(signing)).getBytes();
		this.#certificate = Buffer.from(der, "latin1").toString("base64");
	}

	/** @param signed keys that the patterns include and do not exclude. */
	sign(state: State, pvs: object, signed: readonly string[]): State {
		const { n, e } = this.#key.export({ format: "jwk" });
		const header = { alg: "RS256", jwk: { kty: "RSA", n, e }, pvs, typ: "PVS", x5c: [this.#certificate] };
		const payload = canonical(Object.fromEntries(signed.map((key) => [key, state[key]])));
		const [head, body] = [JSON.stringify(header), payload].map((text) =>
			Buffer.from(text).toString("base64url"),
		);
		const signature = createSign("sha256").update(`${head}.${body}`).sign(this.#key, "base64url");
		return { "#spec": "pvs@2", protected: head, signature };
	}

	/** As `pvr sig add --part NAME`: all of a container and of its configuration, but for src.json. */
	signPart(state: State, name: string): State {
		const include = [`${name}/**`, `_config/${name}/**`];
		const exclude = [`${name}/src.json`, `_sigs/${name}.json`];
		const parts = [`${name}/`, `_config/${name}/`];
		const covered = (key: string) => parts.some((part) => key.startsWith(part)) && key !== exclude[0];
		return this.sign(state, { include, exclude }, Object.keys(state).filter(covered));
	}
}

function certificate(
	subject: string,
	issuer: string,
	{ publicKey }: { readonly publicKey: KeyObject },
	key: KeyObject,
	until: string,
	extensions: object[],
): forge.pki.Certificate {
	const made = forge.pki.createCertificate();
	const pem = publicKey.export({ type: "spki", format: "pem" }).toString();
	made.publicKey = forge.pki.publicKeyFromPem(pem);
	made.serialNumber = `00${sha256(subject).slice(0, 30)}`;
	made.validity.notBefore = new Date("2022-06-11T10:00:18Z");
	made.validity.notAfter = new Date(`${until}T10:00:18Z`);
	made.setSubject([{ name: "commonName", value: subject }]);
	made.setIssuer([{ name: "commonName", value: issuer }]);
	made.setExtensions(extensions);
	const signing = forge.pki.privateKeyFromPem(key.export({ type: "pkcs1", format: "pem" }).toString());
	made.sign(signing, forge.md.sha256.create());
	return made;
}

/** A member of an archive as Go's archive/tar writes it for pvr: no names of users, and no time. */
function archiveMember(name: string, mode: string, body: Uint8Array): Buffer {
	const header = Buffer.alloc(512);
	header.write(name, 0, "latin1");
	header.write(`000${mode}\0`, 100, "latin1");
	for (const at of [108, 116, 329, 337]) header.write("0000000\0", at, "latin1");
	header.write(`${body.length.toString(8).padStart(11, "0")}\0`, 124, "latin1");
	header.write("00000000000\0", 136, "latin1");
	header.write("        ", 148, "latin1");
	header.write("0", 156, "latin1");
	header.write("ustar\x0000", 257, "latin1");
	const sum = header.reduce((total, byte) => total + byte, 0);
	header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
	return Buffer.concat([header, body, Buffer.alloc(-body.length & 511)]);
}

function archive(state: State, objects: ReadonlyMap<string, Uint8Array>, mode: string): Buffer {
	const members = [...objects]
		.sort(byName)
		.map(([name, body]) => archiveMember(`objects/${name}`, mode, body));
	const json = archiveMember("json", "0600", Buffer.from(canonical(state)));
	return Buffer.concat([json, ...members, Buffer.alloc(1024)]);
}

/** Digest of a file that is not at hand, as in states that are not packages. */
const elsewhere = (name: string): string => sha256(`the file ${name}`);

/** A state with one container, whose signatures cover it, as pvr prints states: two blanks, no newline. */
function signedState(signer: Signer, container: FieldContainer, more: State = {}): State {
	const state = { ...SPEC, ...more, ...containerMembers(container)[0] };
	return { ...state, [`_sigs/${container.name}.json`]: signer.signPart(state, container.name) };
}

function deviceGroup(name: string, status_goal: string): object {
	const restart_policy = name === "app" ? "container" : "system";
	return { description: `Containers of the group ${name}`, name, restart_policy, status_goal, timeout: 30 };
}

/** What a whole device runs: a board support package, groups, three containers, and a signature of a removed file. */
function deviceState(signer: Signer): State {
	const configuration = {
		"_config/uplink/etc/rules.v4": elsewhere("rules.v4"),
		"_config/uplink/etc/hotspot.json": { psk: "pressed", ssid: "example" },
		"_config/names/etc/hostname": elsewhere("hostname"),
		"_config/tools/etc/config.json": { httpd: { listen: "0.0.0.0", port: "12368" } },
	};
	const platform = {
		"bsp/build.json": { branch: "master", target: "board", time: "2023-04-17" },
		"bsp/drivers.json": {
			"#spec": "driver-aliases@1",
			all: { bluetooth: ["btbcm", "hci_uart"], wifi: ["brcmutil", "brcmfmac"] },
			"dtb:all": {},
		},
		...Object.fromEntries(
			["addon-screen.cpio.xz4", "firmware.squashfs", "kernel.img", "modules.squashfs", "pantavisor"].map(
				(name) => [`bsp/${name}`, elsewhere(name)],
			),
		),
		"bsp/run.json": {
			addons: [],
			firmware: "firmware.squashfs",
			initrd: "pantavisor",
			linux: "kernel.img",
			modules: "modules.squashfs",
		},
		"bsp/src.json": { "#spec": "bsp-manifest-src@1", pvr: "https://pvr.example.com/board#bsp" },
		"device.json": {
			disks: [
				{ name: "dm-secrets", path: "/storage/dm-crypt/secrets.img,2,key", type: "dm-crypt-versatile" },
			],
			groups: [
				deviceGroup("data", "MOUNTED"),
				deviceGroup("root", "STARTED"),
				deviceGroup("platform", "STARTED"),
				deviceGroup("app", "STARTED"),
			],
			volumes: { "pv--devmeta": { disk: "dm-secrets", persistence: "permanent" } },
		},
		"network-mapping.json": {},
		"storage-mapping.json": {},
	};
	const verity = {
		"tools/_dm/root.squashfs.json": {
			data_device: "root.squashfs",
			hash_device: "root.squashfs.hash",
			root_hash: elsewhere("root hash"),
			salt: elsewhere("salt"),
			type: "dm-verity",
			uuid: "125e28bb-90af-4d13-b72b-c14549476299",
		},
		"tools/root.squashfs.hash": elsewhere("hash"),
	};
	const containers = [UPLINK, NAMES, TOOLS];
	const members = containers.map((container) => containerMembers(container)[0]);
	const state: State = Object.assign({ ...SPEC, ...configuration, ...platform, ...verity }, ...members);
	const bsp = Object.keys(platform).filter(
		(key) => key.startsWith("bsp/") && !/(build|src)\.json$/.test(key),
	);
	const removed = { ...state, "_hostconfig/file": elsewhere("removed") };
	return {
		...state,
		...Object.fromEntries(containers.map(({ name }) => [`_sigs/${name}.json`, signer.signPart(state, name)])),
		"_sigs/bsp.json": signer.sign(
			state,
			{
				include: ["bsp/**", "#spec", "device.json"],
				exclude: ["bsp/build.json", "bsp/src.json", "_sigs/bsp.json"],
			},
			["#spec", "device.json", ...bsp],
		),
		"_sigs/_hostconfig.json": signer.sign(
			removed,
			{ include: ["_hostconfig/**"], exclude: ["src.json", "_sigs/.json"] },
			["_hostconfig/file"],
		),
	};
}

/** One signature for a container without its configuration, and one for a file of the configuration alone. */
function separatelySigned(signer: Signer): State {
	const file = "_config/proxy/some/where/file.txt";
	const state = { ...SPEC, [file]: elsewhere("file.txt"), ...containerMembers(PROXY)[0] };
	const covered = Object.keys(state).filter((key) => key.startsWith("proxy/") && key !== "proxy/src.json");
	const own = { include: ["proxy/**"], exclude: ["proxy/src.json", "_sigs/proxy.json"] };
	return {
		...state,
		"_sigs/proxy.json": signer.sign(state, own, covered),
		"_sigs/proxy-config.json": signer.sign(state, { include: [file], exclude: ["src.json"] }, [file]),
	};
}

/** Writes the files into a directory that is there. */
export async function makeFieldFiles(directory: string): Promise<void> {
	const signer = new Signer();
	const write = (name: string, bytes: string | Uint8Array): void =>
		writeFileSync(join(directory, name), bytes);
	const print = (name: string, state: State): void => write(name, JSON.stringify(sorted(state), null, 2));
	write("ca-certificates.crt", signer.authority);
	print(
		"drivers.json",
		signedState(signer, UPLINK, {
			"_config/uplink/etc/dns.conf": elsewhere("dns.conf"),
			"_config/uplink/etc/hotspot.json": { psk: "pressed", ssid: "example" },
		}),
	);
	print("device.json", deviceState(signer));
	print("configured.json", signedState(signer, PANEL, { "_config/panel/version.txt": elsewhere("version") }));
	print("plain.json", signedState(signer, PANEL));
	print("separately-signed.json", separatelySigned(signer));

	const image = await imageBytes({ root: folder({ app: folder({ radio: file("#!/bin/sh\n") }) }) });
	const [radio, objects] = containerMembers(RADIO, image);
	const state = { ...SPEC, ...radio };
	const signed = { ...state, "_sigs/radio.json": signer.signPart(state, "radio") };
	write("signed.tgz", gzipSync(archive(signed, objects, "0644")));

	const [pinger, others] = containerMembers(PINGER, image);
	const unsigned = { ...SPEC, ...pinger, "pinger/mdev.json": ["watchdog.* 0:0 0660"] };
	write("unsigned.tar", archive(unsigned, others, "0444"));
}

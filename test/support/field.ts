import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { makeFieldFiles } from "./made-field.js";

/** Exports and states as they come from the field. */
export interface Field {
	readonly label: string;
	path(name: string): string;
	read(name: string): Buffer;
}

/** What each one is, and under which name real ones lie where PVPKG_FIELD, or a directory beside the checkout, has them. */
const REAL_NAMES: Readonly<Record<string, string>> = {
	"drivers.json": "awconnect.json",
	"device.json": "initial_state.json",
	"configured.json": "pvws_with_config.json",
	"plain.json": "pvws_without_config.json",
	"separately-signed.json": "state-1.json",
	"signed.tgz": "pvwificonnect.tgz",
	"unsigned.tar": "watchdog_pinger.tar",
	"ca-certificates.crt": "ca-certificates.crt",
};

/** Those that are made here, always; and real ones, which are not ours to publish, where a machine has them. */
export const FIELDS: readonly Field[] = [await madeField(), ...realFields()];

async function madeField(): Promise<Field> {
	const directory = mkdtempSync(join(tmpdir(), "pvpkg-field-"));
	process.once("exit", () => rmSync(directory, { recursive: true, force: true }));
	await makeFieldFiles(directory);
	return fieldIn("made here", (name) => join(directory, name));
}

function realFields(): Field[] {
	const directory = resolve(process.env.PVPKG_FIELD ?? "../shared/fixtures/field");
	if (!existsSync(directory)) return [];
	return [fieldIn("real", (name) => join(directory, REAL_NAMES[name]!))];
}

function fieldIn(label: string, path: (name: string) => string): Field {
	return { label, path, read: (name) => readFileSync(path(name)) };
}

/** Members of an uncompressed tar archive, by name. */
export function tarMembers(archive: Buffer): Map<string, Buffer> {
	const members = new Map<string, Buffer>();
	for (let at = 0; archive[at] !== undefined && archive[at] !== 0; ) {
		const name = archive.toString("latin1", at, at + 100).replace(/\0.*$/s, "");
		const size = Number.parseInt(archive.toString("latin1", at + 124, at + 135), 8);
		members.set(name, archive.subarray(at + 512, at + 512 + size));
		at += 512 + Math.ceil(size / 512) * 512;
	}
	return members;
}

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

const DIRECTORY = join(process.cwd(), "../shared/fixtures/field");

/** Real exports and states; they lie beside a checkout, not in it. */
export const haveField: boolean = existsSync(DIRECTORY);

export function fieldPath(name: string): string {
	return join(DIRECTORY, name);
}

export function readField(name: string): Buffer {
	return readFileSync(fieldPath(name));
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

import { formatPlatform } from "../../image/oci/index.js";
import { ReleaseError } from "./errors.js";
import { labelPlatform, parseLabel } from "./label.js";

/**
 * Returns the platforms of a `container-ci.conf`: PLATFORMS (separated by commas or blanks), else the labels in
 * `jobs` (`ARCH:QEMU_ARCH:LIBC:CROSS:DISTRO`, separated by blanks).
 *
 * container-ci sources this file in a shell. Here it is data: only `key=value` lines with plain or quoted values,
 * or lists in parentheses, count; nothing is expanded or run.
 *
 * @returns platforms such as `linux/arm/v7`.
 * @throws ReleaseError ERR_RELEASE_PROJECT when a value would need a shell, or there is none.
 */
export function parseCiConfigPlatforms(text: string, path: string): string[] {
	const values = parseAssignments(text, path);
	const platforms = values.get("PLATFORMS") || values.get("platforms") || values.get("jobs") || "";
	const words = platforms.split(/[\s,]+/).filter(Boolean);
	if (words.length === 0) {
		throw new ReleaseError("ERR_RELEASE_PROJECT", `${path}: platforms: none, expected PLATFORMS or jobs`);
	}
	return words.map((word) =>
		word.includes("/") ? word : formatPlatform(labelPlatform(parseLabel(word.split(":")[0] ?? ""))),
	);
}

function parseAssignments(text: string, path: string): Map<string, string> {
	const values = new Map<string, string>();
	const line =
		/^[ \t]*(?:export[ \t]+)?(\w+)=(?:"([^"]*)"|'([^']*)'|\(([^()"']*)\)|([^\s"'#()]*))[ \t]*(?:#.*)?$/gm;
	for (const [, key = "", double, single, list, plain] of text.matchAll(line)) {
		const value = double ?? single ?? list ?? plain ?? "";
		const ours = /^(PLATFORMS|platforms|jobs)$/.test(key);
		if (ours && single === undefined && /[$`\\]/.test(value)) {
			throw new ReleaseError(
				"ERR_RELEASE_PROJECT",
				`${path}: ${key}: value needs a shell, expected plain text (the file is read, never run)`,
			);
		}
		values.set(key, value);
	}
	return values;
}

import type { Command } from "commander";
import type { SbomFormat, SbomRequest } from "../internal.js";
import { UsageError } from "./errors.js";
import { programVersion } from "./version.js";

export interface SbomFlags {
	readonly sbom?: readonly SbomFormat[];
	readonly evidenceDir?: string;
}

const FORMATS: readonly SbomFormat[] = ["spdx-json", "cyclonedx-json"];

/** Adds the options of SBOMs to a command that makes packages. */
export function addSbomOptions(command: Command): Command {
	return command.option(
		"--sbom <formats>",
		"write an SBOM beside each package: spdx-json, cyclonedx-json, or both",
		(text) => text.split(",").map(parseSbomFormat),
	);
}

/** Returns which documents are asked for; undefined for none. */
export function readSbomRequest({ sbom, evidenceDir }: SbomFlags): SbomRequest | undefined {
	return sbom && { formats: [...new Set(sbom)], directory: evidenceDir, tool: thisTool() };
}

/** Returns how documents name this program. */
export function thisTool(): SbomRequest["tool"] {
	return { name: "pvpkg", version: programVersion() };
}

/** @throws UsageError */
export function parseSbomFormat(text: string): SbomFormat {
	const format = FORMATS.find((name) => name === text.trim());
	if (format !== undefined) return format;
	throw new UsageError(`SBOM format: expected ${FORMATS.join(" or ")}, got ${text}`);
}
